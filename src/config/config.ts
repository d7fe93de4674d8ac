/**
 * The settings as the rest of the program sees them: read from environment and file, checked whole, frozen. It opens
 * nothing but the config file and decides nothing.
 */
import type { Prices } from '../core/prices.ts';
import type { Route } from '../core/routing.ts';
import { inOrder } from '../core/sender.ts';
import type { Settings } from '../core/tenant-settings.ts';
import { type AlarmsConfig, readAlarms } from './alarms-section.ts';
import { type CarrierConfig, DEFAULT_CARRIERS, readCarriers } from './carriers-section.ts';
import type { ConfigDefinitions } from './definitions.ts';
import { type DialectConfig, readDialects } from './dialects-section.ts';
import { suggest } from './did-you-mean.ts';
import { type Environment, findVariable } from './env.ts';
import { isHandsetExposed } from './exposed-handset.ts';
import { ConfigError, type Fault } from './fault.ts';
import { type HttpConfig, readHttp } from './http-section.ts';
import { readLimits } from './limits-section.ts';
import { type OutboundConfig, readOutbound } from './outbound-section.ts';
import { readPolicy } from './policy-section.ts';
import { readPrices } from './prices-section.ts';
import { findStrayVariables, type ProcessSettings, readProcessSettings } from './process-settings.ts';
import { type RetentionConfig, readRetention } from './retention-section.ts';
import { readRoutes, withDefaultRoutes } from './routes-section.ts';
import type { SectionResult } from './section.ts';
import { readSenders } from './senders-section.ts';
import { protectReferences, substitute } from './substitute.ts';
import { readTemplates } from './templates-section.ts';
import { readTenants } from './tenants-section.ts';
import { parseYaml } from './yaml-file.ts';

export interface Config extends ProcessSettings {
  /** The file that was read, where there was one. */
  readonly file?: string;
  /** Whether the file says what to send through; if not, there is only a handset. */
  readonly namesCarriers: boolean;
  readonly carriers: readonly CarrierConfig[];
  readonly routes: readonly Route[];
  readonly alarms: AlarmsConfig;
  readonly prices: Prices;
  readonly settings: Settings;
  readonly retention: RetentionConfig;
  readonly dialects: Readonly<Record<string, DialectConfig>>;
  readonly http: HttpConfig;
  readonly outbound: OutboundConfig;
  /** Likely mistakes that stop nothing. */
  readonly warnings: readonly string[];
}

/** @returns the text; undefined where there is no such file. @throws the system's error where it cannot be read */
export type ReadFile = (path: string) => string | undefined;

/** Alphabetical, as in the documentation. */
export const SECTIONS = [
  'alarms',
  'carriers',
  'dialects',
  'http',
  'limits',
  'outbound',
  'policy',
  'prices',
  'retention',
  'routes',
  'senders',
  'templates',
  'tenants',
] as const;
type Section = (typeof SECTIONS)[number];

const DEFAULT_FILE = './otpost.yaml';
const EXPOSED_HANDSET = 'anybody who reaches OTPOST_HOST can read the messages of the handset';

/** @throws ConfigError with every fault there is */
export function loadConfig(env: Environment, readFile: ReadFile, definitions: ConfigDefinitions): Config {
  const faults: Fault[] = [];
  const take = <T>({ value, faults: found }: SectionResult<T>): T => {
    faults.push(...found);
    return value;
  };
  const settings = take(readProcessSettings(env));
  const file = take(readConfigFile(env, readFile));
  const { value: sections, pointers, faults: unfilled } = substitute(file.sections, env);
  faults.push(...unfilled);
  const given = take(pickSections(sections));
  const context = { fromEnvironment: pointers };

  const http = take(readHttp(given.http ?? {}, context));
  const carriers = readCarriers(given.carriers ?? DEFAULT_CARRIERS, definitions.carrierKinds, {
    ...context,
    publicUrl: http.publicUrl,
  });
  const knownCarriers = carriers.faults.length > 0 ? undefined : carriers.value;
  take(carriers);
  const routes = readRoutes(given.routes ?? [], knownCarriers, context);
  const allRoutes = withDefaultRoutes(take(routes), carriers.value);
  const knownRoutes = knownCarriers && routes.faults.length === 0 ? allRoutes : undefined;
  const usual = {
    limits: take(readLimits(given.limits ?? {}, context)),
    senders: inOrder([], take(readSenders(given.senders ?? [], context))),
    policy: take(readPolicy(given.policy ?? {}, knownRoutes, context)),
    templates: take(readTemplates(given.templates ?? {}, context)),
    callingCodes: {},
  };
  const config: Config = {
    ...settings,
    ...(file.path !== undefined && { file: file.path }),
    namesCarriers: given.carriers !== undefined,
    carriers: carriers.value,
    routes: allRoutes,
    alarms: take(readAlarms(given.alarms ?? {}, context)),
    settings: {
      usual,
      own: take(readTenants(given.tenants ?? {}, usual, { ...context, ...definitions, routes: knownRoutes })),
    },
    prices: take(readPrices(given.prices, context)),
    retention: take(readRetention(given.retention ?? {}, context)),
    dialects: take(readDialects(given.dialects ?? {}, definitions.dialects, context)),
    http,
    outbound: take(readOutbound(given.outbound ?? {}, context)),
    warnings: [
      ...findStrayVariables(env),
      ...(isHandsetExposed({ ...settings, carriers: carriers.value }) ? [EXPOSED_HANDSET] : []),
    ],
  };
  if (faults.length > 0) throw new ConfigError(withoutEchoes(faults, unfilled));
  return freeze(config);
}

interface ConfigFile {
  readonly path?: string;
  readonly sections: unknown;
}

function readConfigFile(env: Environment, readFile: ReadFile): SectionResult<ConfigFile> {
  const named = findVariable(env, 'OTPOST_CONFIG');
  const path = named ?? DEFAULT_FILE;
  const none = { sections: {} };
  let text: string | undefined;
  try {
    text = readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { value: none, faults: [{ path, problem: `cannot be read (${code})` }] };
  }
  if (text === undefined) {
    const faults =
      named === undefined ? [] : [{ path: 'OTPOST_CONFIG', problem: `names ${path}, which is not there` }];
    return { value: none, faults };
  }
  const parsed = parseYaml(protectReferences(text), path);
  if (!parsed.ok) return { value: none, faults: parsed.faults };
  return { value: { path, sections: parsed.value ?? {} }, faults: [] };
}

/** A section without anything in it counts as absent. */
function pickSections(sections: unknown): SectionResult<Partial<Record<Section, unknown>>> {
  if (typeof sections !== 'object' || sections === null || Array.isArray(sections)) {
    return {
      value: {},
      faults: [{ path: 'otpost.yaml', problem: `must be a map of ${SECTIONS.join(', ')}` }],
    };
  }
  const picked: Partial<Record<Section, unknown>> = {};
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(sections)) {
    const section = SECTIONS.find((known) => known === name);
    if (!section)
      faults.push({ path: name, problem: `is not a section of the config${suggest(name, SECTIONS)}` });
    else if (value !== null) picked[section] = value;
  }
  return { value: picked, faults };
}

/** A reference that cannot be filled in is told once, and not again as a setting of the wrong form. */
function withoutEchoes(faults: readonly Fault[], unfilled: readonly Fault[]): readonly Fault[] {
  const paths = new Set(unfilled.map(({ path }) => path));
  return faults.filter((fault) => unfilled.includes(fault) || !paths.has(fault.path));
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
