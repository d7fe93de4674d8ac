/** `dialects`: switches the HTTP APIs off, or moves them to another prefix or host. Mounting them is dialects/mount.ts. */
import { type TObject, Type } from 'typebox';
import { callingCodesSchema } from './calling-codes.ts';
import type { DialectDefinition } from './definitions.ts';
import { type Fault, toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

export interface DialectConfig {
  readonly enabled?: boolean;
  readonly prefix?: string;
  readonly host?: string;
  readonly callingCodes?: readonly string[];
}

const dialectSchema = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ description: 'false: it is not served.' })),
    prefix: Type.Optional(
      Type.String({
        pattern: '^(?:/[A-Za-z0-9._~-]+)*$',
        maxLength: 100,
        patternErrorMessage: 'must be a path such as /otp/v1, without a slash at the end, or empty',
      }),
    ),
    host: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9.-]+(?::[0-9]{1,5})?$',
        maxLength: 260,
        patternErrorMessage: 'must be a host name, exactly as the Host header has it',
        description: 'Serve it under this host name only.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** Where the server answers itself. */
const RESERVED = [
  'handset',
  'docs',
  'openapi',
  'openapi.json',
  'receipts',
  'healthz',
  'readyz',
  'metrics',
  '.well-known',
];

export function dialectsSchema(dialects: readonly DialectDefinition[]): TObject {
  const properties = dialects.map(({ name, title, prefix, callingCodes }) => {
    const settings = {
      ...dialectSchema.properties,
      ...(callingCodes && { callingCodes: Type.Optional(callingCodesOf(callingCodes)) }),
    };
    const description = `${title}; ${prefix} unless told.`;
    return [name, Type.Optional(Type.Object(settings, { additionalProperties: false, description }))];
  });
  return Type.Object(Object.fromEntries(properties), {
    additionalProperties: false,
    description: 'The HTTP APIs that are served.',
  });
}

/** What single tenants may have of their own: the countries, where a dialect serves some only. */
export function ownDialectsSchema(dialects: readonly DialectDefinition[]) {
  const properties = dialects.flatMap(({ name, callingCodes }) =>
    callingCodes
      ? [
          [
            name,
            Type.Optional(
              Type.Object({ callingCodes: callingCodesOf(callingCodes) }, { additionalProperties: false }),
            ),
          ] as const,
        ]
      : [],
  );
  return Type.Object(Object.fromEntries(properties), {
    additionalProperties: false,
    description: 'The countries of dialects that serve some only.',
  });
}

const callingCodesOf = (own: readonly string[]) =>
  callingCodesSchema(`The calling codes whose numbers are served; ${own.join(', ')} unless told.`);

export function readDialects(
  section: unknown,
  dialects: readonly DialectDefinition[],
  { fromEnvironment }: SectionContext,
): SectionResult<Readonly<Record<string, DialectConfig>>> {
  const faults = findSchemaFaults(dialectsSchema(dialects), section, {
    segments: ['dialects'],
    fromEnvironment,
  });
  if (faults.length > 0) return { value: {}, faults };
  const value = section as Readonly<Record<string, DialectConfig>>;
  return { value, faults: findPlaceFaults(value, dialects) };
}

function findPlaceFaults(
  settings: Readonly<Record<string, DialectConfig>>,
  dialects: readonly DialectDefinition[],
): readonly Fault[] {
  const taken = new Map<string, string>();
  return dialects.flatMap((dialect): readonly Fault[] => {
    const { enabled = true, prefix = dialect.prefix, host = '' } = settings[dialect.name] ?? {};
    if (!enabled) return [];
    const path = toPath(['dialects', dialect.name, 'prefix']);
    if (RESERVED.includes(prefix.split('/')[1] ?? ''))
      return [{ path, problem: 'is where the server itself answers' }];
    const other = taken.get(host + prefix);
    taken.set(host + prefix, dialect.name);
    return other === undefined ? [] : [{ path, problem: `is where ${other} is served, on the same host` }];
  });
}
