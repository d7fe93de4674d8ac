/** `limits`: changes the built-in limits by their names, switches them off, and adds others. */
import { type Static, Type } from 'typebox';
import { DEFAULT_LIMITS, type Limit } from '../core/rate-limit.ts';
import { type Fault, toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

/** A month: longer windows would be a quota, which is what a balance is for. */
const WINDOW_SECONDS_MAX = 31 * 86_400;

const limitSchema = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ description: 'false switches it off.' })),
    subject: Type.Optional(
      Type.Enum(['recipient', 'tenant', 'prefix', 'client-ip'], {
        description: 'Whose sends are counted together.',
      }),
    ),
    max: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'Sends within the window.' }),
    ),
    windowSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: WINDOW_SECONDS_MAX })),
    prefixDigits: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 15,
        description: 'For subject prefix: leading digits counted together.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const limitsSchema = Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,47}$' }), limitSchema, {
  additionalProperties: false,
  description:
    'How often something may be sent, by name. Built in: sends-per-recipient-10m, sends-per-recipient-day.',
});

export function readLimits(
  section: unknown,
  { fromEnvironment }: SectionContext,
): SectionResult<readonly Limit[]> {
  const faults = findSchemaFaults(limitsSchema, section, { segments: ['limits'], fromEnvironment });
  if (faults.length > 0) return { value: DEFAULT_LIMITS, faults };
  const named = new Map<string, Partial<Limit>>(DEFAULT_LIMITS.map((limit) => [limit.name, limit]));
  for (const [name, { enabled = true, ...changes }] of Object.entries(
    section as Static<typeof limitsSchema>,
  )) {
    if (enabled) named.set(name, { ...named.get(name), ...changes, name });
    else named.delete(name);
  }
  const read = [...named.values()].map(toLimit);
  return { value: read.flatMap(({ value }) => value ?? []), faults: read.flatMap((one) => one.faults) };
}

function toLimit({
  name = '',
  subject,
  max,
  windowSeconds,
  prefixDigits,
}: Partial<Limit>): SectionResult<Limit | undefined> {
  const faults: Fault[] = [];
  const missing = (setting: string, why: string) =>
    faults.push({ path: toPath(['limits', name, setting]), problem: `is missing: ${why}` });
  const isNew = 'it is no built-in limit, so it has to be said in full';
  if (subject === undefined) missing('subject', isNew);
  if (max === undefined) missing('max', isNew);
  if (windowSeconds === undefined) missing('windowSeconds', isNew);
  if (subject === 'prefix' && prefixDigits === undefined) missing('prefixDigits', 'the subject is prefix');
  if (subject !== 'prefix' && prefixDigits !== undefined) {
    faults.push({
      path: toPath(['limits', name, 'prefixDigits']),
      problem: 'is for the subject prefix only',
    });
  }
  if (faults.length > 0 || subject === undefined || max === undefined || windowSeconds === undefined) {
    return { value: undefined, faults };
  }
  return {
    value: { name, subject, max, windowSeconds, ...(prefixDigits !== undefined && { prefixDigits }) },
    faults,
  };
}
