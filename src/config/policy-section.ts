/** `policy`: what the native API does where its caller does not say. Other dialects have their vendor's policy. */
import { type Static, Type } from 'typebox';
import type { NumberStrictness, NumberType } from '../core/phone-number.ts';
import { type OnPending, POLICY_BOUNDS } from '../core/policy.ts';
import type { Route } from '../core/routing.ts';
import type { PolicyDefaults } from '../core/tenant-settings.ts';
import { callingCodesSchema } from './calling-codes.ts';
import { type Fault, toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

/** Longer than a code lives by default: beyond it a cool-down would be a limit. */
const COOLDOWN_SECONDS_MAX = 3_600;

const bounded = (name: keyof typeof POLICY_BOUNDS, description: string) => {
  const { min, max } = POLICY_BOUNDS[name];
  return Type.Optional(Type.Integer({ minimum: min, maximum: max, description }));
};

const ON_PENDING = [
  'resend-same-code',
  'replace-code',
  'start-another',
  'reject',
] as const satisfies readonly OnPending[];
const STRICTNESS = ['syntax', 'possible', 'valid'] as const satisfies readonly NumberStrictness[];
const NUMBER_TYPES = [
  'FIXED_LINE',
  'FIXED_LINE_OR_MOBILE',
  'MOBILE',
  'PAGER',
  'PERSONAL_NUMBER',
  'PREMIUM_RATE',
  'SHARED_COST',
  'TOLL_FREE',
  'UAN',
  'VOICEMAIL',
  'VOIP',
] as const satisfies readonly NumberType[];

export const policySchema = Type.Object(
  {
    codeLength: bounded('codeLength', 'Characters of a code. Default: 6.'),
    ttlSeconds: bounded('ttlSeconds', 'How long a code lives. Default: 600.'),
    checksMax: bounded('checksMax', 'How many codes may be tried. Default: 5.'),
    sendsMax: bounded('sendsMax', 'How often a code may be sent, the first time included. Default: 5.'),
    cooldownSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: COOLDOWN_SECONDS_MAX,
        description: 'The least time between two sends of one verification. Default: 30.',
      }),
    ),
    onPending: Type.Optional(
      Type.Enum([...ON_PENDING], {
        description:
          'What a start does while another is pending for its recipient. Default: resend-same-code.',
      }),
    ),
    numberStrictness: Type.Optional(
      Type.Enum([...STRICTNESS], { description: 'How sure a number has to be. Default: valid.' }),
    ),
    callingCodes: Type.Optional(
      callingCodesSchema('The calling codes whose numbers are served. Default: all.'),
    ),
    refusedNumberTypes: Type.Optional(
      Type.Array(Type.Enum([...NUMBER_TYPES]), {
        uniqueItems: true,
        description: 'Types of number that are refused. Default: none.',
      }),
    ),
    fallback: Type.Optional(
      Type.Array(
        Type.Object(
          {
            channel: Type.Enum(['sms', 'voice', 'email']),
            afterSeconds: Type.Integer({ minimum: 10, maximum: 3600 }),
          },
          { additionalProperties: false },
        ),
        {
          maxItems: 5,
          description: 'Where a code goes next when nothing was delivered this long after the send before.',
        },
      ),
    ),
  },
  {
    additionalProperties: false,
    description: 'What the native API does where its caller does not say.',
  },
);

export function readPolicy(
  section: unknown,
  routes: readonly Route[] | undefined,
  { fromEnvironment }: SectionContext,
): SectionResult<PolicyDefaults> {
  const faults = findSchemaFaults(policySchema, section, { segments: ['policy'], fromEnvironment });
  if (faults.length > 0) return { value: {}, faults };
  return toPolicy(section as Static<typeof policySchema>, routes, ['policy']);
}

/** @param routes undefined where they have faults of their own */
export function toPolicy(
  { fallback, ...rest }: Static<typeof policySchema>,
  routes: readonly Route[] | undefined,
  place: readonly string[],
): SectionResult<PolicyDefaults> {
  const faults = (fallback ?? []).flatMap(({ channel }, index): readonly Fault[] =>
    !routes || routes.some((route) => route.channel === channel)
      ? []
      : [
          {
            path: toPath([...place, 'fallback', index, 'channel']),
            problem: `has no route: no carrier can send ${channel}`,
          },
        ],
  );
  const steps = fallback?.map((step) => ({ ...step, isOptional: true }));
  return { value: { ...rest, ...(steps && { fallback: steps }) }, faults };
}
