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
  return toLimits(section as Static<typeof limitsSchema>, DEFAULT_LIMITS, ['limits']);
}

/** @param usual what is changed: the built-in limits, or for a tenant's entry those of all tenants */
export function toLimits(
  given: Static<typeof limitsSchema>,
  usual: readonly Limit[],
  place: readonly string[],
): SectionResult<readonly Limit[]> {
  const named = new Map<string, Partial<Limit>>(usual.map((limit) => [limit.name, limit]));
  for (const [name, { enabled = true, ...changes }] of Object.entries(given)) {
    if (enabled) named.set(name, { ...named.get(name), ...changes, name });
    else named.delete(name);
  }
  const read = [...named.values()].map((limit) => toLimit(limit, place));
  return { value: read.flatMap(({ value }) => value ?? []), faults: read.flatMap((one) => one.faults) };
}

function toLimit(
  { name = '', subject, max, windowSeconds, prefixDigits }: Partial<Limit>,
  place: readonly string[],
): SectionResult<Limit | undefined> {
  const faults: Fault[] = [];
  const path = (setting: string) => toPath([...place, name, setting]);
  const missing = (setting: string, why: string) =>
    faults.push({ path: path(setting), problem: `is missing: ${why}` });
  const isNew = 'there is no limit of this name to change, so it has to be said in full';
  if (subject === undefined) missing('subject', isNew);
  if (max === undefined) missing('max', isNew);
  if (windowSeconds === undefined) missing('windowSeconds', isNew);
  if (subject === 'prefix' && prefixDigits === undefined) missing('prefixDigits', 'the subject is prefix');
  if (subject !== 'prefix' && prefixDigits !== undefined) {
    faults.push({ path: path('prefixDigits'), problem: 'is for the subject prefix only' });
  }
  if (faults.length > 0 || subject === undefined || max === undefined || windowSeconds === undefined) {
    return { value: undefined, faults };
  }
  return {
    value: { name, subject, max, windowSeconds, ...(prefixDigits !== undefined && { prefixDigits }) },
    faults,
  };
}
