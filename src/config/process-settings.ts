/** What the environment variables say, checked. Those about files and secrets are used by others; here is their form only. */
import { LOG_LEVELS, type LogLevel } from '../lib/logger.ts';
import { suggest } from './did-you-mean.ts';
import { type Environment, findVariable, VARIABLES, type VariableName } from './env.ts';
import type { Fault } from './fault.ts';

export interface ProcessSettings {
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  /** Of PostgreSQL; absent: SQLite in the data folder. It may hold a password. */
  readonly databaseUrl?: string;
  /** As given; whether it is any good is for the one who opens the keys. */
  readonly secret?: string;
  readonly roles: Roles;
  readonly logLevel: LogLevel;
  readonly demo: 'auto' | 'off';
  readonly traces: 'on' | 'off';
}

export interface Roles {
  readonly api: boolean;
  readonly worker: boolean;
}

const PORT_MAX = 65_535;

export function readProcessSettings(env: Environment): {
  readonly value: ProcessSettings;
  readonly faults: readonly Fault[];
} {
  const faults: Fault[] = [];
  const read = <T>(name: VariableName, fallback: T, parse: (text: string) => T | Problem): T => {
    const text = findVariable(env, name);
    const parsed = text === undefined ? fallback : parse(text);
    if (!(parsed instanceof Problem)) return parsed;
    faults.push({ path: name, problem: parsed.text });
    return fallback;
  };
  const secret = findVariable(env, 'OTPOST_SECRET');
  const databaseUrl = read('OTPOST_DATABASE_URL', undefined, parseDatabaseUrl);
  if (databaseUrl !== undefined && secret === undefined) {
    faults.push({
      path: 'OTPOST_SECRET',
      problem:
        'must be set with OTPOST_DATABASE_URL: every node of one database opens it with the same secret',
    });
  }
  const value: ProcessSettings = {
    host: read('OTPOST_HOST', '127.0.0.1', parseHost),
    port: read('OTPOST_PORT', 6877, parsePort),
    dataFolder: findVariable(env, 'OTPOST_DATA') ?? './data',
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(secret !== undefined && { secret }),
    roles: read('OTPOST_ROLE', { api: true, worker: true }, parseRoles),
    logLevel: read('OTPOST_LOG_LEVEL', 'info', (text) => parseWord(text, LOG_LEVELS)),
    demo: read('OTPOST_DEMO', 'auto', (text) => parseWord(text, ['auto', 'off'] as const)),
    traces: read('OTPOST_TRACES', 'off', (text) => parseWord(text, ['on', 'off'] as const)),
  };
  return { value, faults };
}

/**
 * Variables that look like ours and are none of ours. A warning, no fault: other programs may set them, as Kubernetes
 * does for a service of our name.
 */
export function findStrayVariables(env: Environment): readonly string[] {
  const known: readonly string[] = VARIABLES.map(({ name }) => name);
  return Object.keys(env)
    .filter((name) => name.startsWith('OTPOST_') && !known.includes(name) && suggest(name, known) !== '')
    .map((name) => `${name} is not a variable of this program${suggest(name, known)}`);
}

export const POSTGRES_URL_RULE =
  'must be a postgres:// URL, with reserved characters of the password escaped';

export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
}

class Problem {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function parseHost(text: string): string | Problem {
  return /^[\w.:-]+$/.test(text) ? text : new Problem('must be an address or a host name, without a port');
}

function parsePort(text: string): number | Problem {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= PORT_MAX) return port;
  const hint = text.startsWith('tcp://')
    ? ': Kubernetes sets it for a service named otpost; set enableServiceLinks: false in the pod'
    : '';
  return new Problem(`must be a whole number from 0 to ${PORT_MAX}${hint}`);
}

function parseDatabaseUrl(text: string): string | Problem {
  return isPostgresUrl(text) ? text : new Problem(POSTGRES_URL_RULE);
}

function parseRoles(text: string): Roles | Problem {
  const words = text.split(',').map((word) => word.trim());
  const isKnown = words.every((word) => word === 'api' || word === 'worker');
  return isKnown
    ? { api: words.includes('api'), worker: words.includes('worker') }
    : new Problem('must be api, worker, or api,worker');
}

function parseWord<const Word extends string>(text: string, words: readonly Word[]): Word | Problem {
  return (
    words.find((word) => word === text) ??
    new Problem(`must be one of ${words.join(', ')}${suggest(text, words)}`)
  );
}
