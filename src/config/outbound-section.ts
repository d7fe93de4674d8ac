/** `outbound`: what our own HTTP requests may reach. The rules themselves are lib/safe-fetch.ts. */
import { type Static, Type } from 'typebox';
import { isIpRange } from '../lib/outbound-address.ts';
import { toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

export interface OutboundConfig {
  readonly allowRanges?: readonly string[];
  readonly allowHttp?: boolean;
}

export const outboundSchema = Type.Object(
  {
    allowRanges: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 100,
        description:
          'Addresses and CIDR ranges that may be reached although they are not public. Default: none.',
      }),
    ),
    allowHttp: Type.Optional(Type.Boolean({ description: 'Whether URLs may be http. Default: false.' })),
  },
  { additionalProperties: false, description: 'What HTTP carriers and webhooks may reach.' },
);

export function readOutbound(
  section: unknown,
  { fromEnvironment }: SectionContext,
): SectionResult<OutboundConfig> {
  const faults = findSchemaFaults(outboundSchema, section, { segments: ['outbound'], fromEnvironment });
  if (faults.length > 0) return { value: {}, faults };
  const value = section as Static<typeof outboundSchema>;
  const badRanges = (value.allowRanges ?? []).flatMap((range, index) =>
    isIpRange(range)
      ? []
      : [
          {
            path: toPath(['outbound', 'allowRanges', index]),
            problem: 'must be an address or a CIDR range such as 10.0.0.0/8',
          },
        ],
  );
  return { value, faults: badRanges };
}
