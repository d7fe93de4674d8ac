/**
 * The environment variables: what there is, what each means, and the only look at the process's own environment.
 * docs/operating.md holds the same table, and a test keeps the two equal.
 */

/** As the process was given it. An empty variable counts as absent: compose files make those. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Variable {
  readonly name: `OTPOST_${string}`;
  /** What holds where the variable is absent, as a person reads it. */
  readonly fallback: string;
  readonly meaning: string;
}

export const VARIABLES = [
  {
    name: 'OTPOST_HOST',
    fallback: '127.0.0.1',
    meaning: 'Address to listen on. `0.0.0.0` or `::` for every one.',
  },
  { name: 'OTPOST_PORT', fallback: '6877', meaning: 'Port to listen on. `0` lets the system choose one.' },
  {
    name: 'OTPOST_DATA',
    fallback: './data',
    meaning: 'Folder of the database and of the secret that is made at first start.',
  },
  {
    name: 'OTPOST_CONFIG',
    fallback: './otpost.yaml if there',
    meaning: 'Path of the config file. One that is named must exist.',
  },
  {
    name: 'OTPOST_SECRET',
    fallback: 'a file in the data folder',
    meaning: 'Master secret: wraps the keys in the database. At least 32 characters of base64 or 64 of hex.',
  },
  {
    name: 'OTPOST_ROLE',
    fallback: 'api,worker',
    meaning: 'What this process does: `api` answers HTTP, `worker` sends and sweeps.',
  },
  {
    name: 'OTPOST_LOG_LEVEL',
    fallback: 'info',
    meaning: 'Least level logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.',
  },
  {
    name: 'OTPOST_DEMO',
    fallback: 'auto',
    meaning:
      '`auto` makes a demo tenant in an empty database when no carrier is configured; `off` never does.',
  },
  {
    name: 'OTPOST_TRACES',
    fallback: 'off',
    meaning: '`on` gives spans to the OpenTelemetry SDK that `NODE_OPTIONS=--import=FILE` registers.',
  },
  {
    name: 'OTPOST_DATABASE_URL',
    fallback: 'SQLite in the data folder',
    meaning:
      '`postgres://user:password@host:port/database` of a PostgreSQL that any number of nodes share. `OTPOST_SECRET` must be set with it.',
  },
] as const satisfies readonly Variable[];

export type VariableName = (typeof VARIABLES)[number]['name'];

/** A copy of the process's environment. */
export function readEnvironment(): Environment {
  return { ...process.env };
}

export function findVariable(env: Environment, name: VariableName): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}
