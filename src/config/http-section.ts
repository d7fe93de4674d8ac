/** `http`: how this server stands towards its callers. Host and port are environment variables. */
import { type Static, Type } from 'typebox';
import { isIpRange } from '../lib/outbound-address.ts';
import { toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

export interface HttpConfig {
  readonly trustedProxies?: readonly string[];
  readonly publicUrl?: string;
}

export const httpSchema = Type.Object(
  {
    trustedProxies: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 100,
        description: 'Addresses or CIDR ranges whose X-Forwarded-For counts. Default: none.',
      }),
    ),
    publicUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[A-Za-z0-9.\\-\\[\\]:]+$',
        patternErrorMessage: 'must be like https://otp.example.com, without a slash at the end',
        description:
          'Where callers and carriers reach this server, for URLs in replies, tokens and requests for receipts.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How this server stands towards its callers.' },
);

export function readHttp(section: unknown, { fromEnvironment }: SectionContext): SectionResult<HttpConfig> {
  const faults = findSchemaFaults(httpSchema, section, { segments: ['http'], fromEnvironment });
  if (faults.length > 0) return { value: {}, faults };
  const value = section as Static<typeof httpSchema>;
  const badRanges = (value.trustedProxies ?? []).flatMap((range, index) =>
    isIpRange(range)
      ? []
      : [
          {
            path: toPath(['http', 'trustedProxies', index]),
            problem: 'must be an address or a CIDR range such as 10.0.0.0/8',
          },
        ],
  );
  return { value, faults: badRanges };
}
