/** `prices`: what tenants with a balance are charged. The arithmetic is core/prices.ts. */
import { type Static, Type } from 'typebox';
import { type Prices, SEGMENTS_AS_PRICES } from '../core/prices.ts';
import { AMOUNT_FAULT, amountSchema, toMicros } from './amount.ts';
import { type Fault, toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

export const pricesSchema = Type.Object(
  {
    currency: Type.String({
      pattern: '^[A-Z]{3}$',
      patternErrorMessage: 'must be three capital letters, such as EUR',
      description: 'A label; nothing is converted.',
    }),
    default: amountSchema('For a segment, call or e-mail that no rate is for.'),
    rates: Type.Optional(
      Type.Array(
        Type.Object(
          {
            channel: Type.Enum(['sms', 'voice', 'email']),
            prefix: Type.Optional(
              Type.String({
                pattern: '^\\+[1-9][0-9]{0,14}$',
                patternErrorMessage: 'must be a + and digits, in quotation marks, such as "+91"',
                description: 'The longest match wins. Absent: every number.',
              }),
            ),
            price: amountSchema('For one segment, call or e-mail.'),
          },
          { additionalProperties: false },
        ),
        { maxItems: 5000 },
      ),
    ),
  },
  {
    additionalProperties: false,
    description: 'What tenants that have a balance are charged. Absent: one for each segment.',
  },
);

export function readPrices(section: unknown, { fromEnvironment }: SectionContext): SectionResult<Prices> {
  if (section === undefined) return { value: SEGMENTS_AS_PRICES, faults: [] };
  const faults = findSchemaFaults(pricesSchema, section, { segments: ['prices'], fromEnvironment });
  if (faults.length > 0) return { value: SEGMENTS_AS_PRICES, faults };
  const { currency, default: fallback, rates = [] } = section as Static<typeof pricesSchema>;
  const found: Fault[] = [];
  const read = (price: number | string, ...place: readonly (string | number)[]): number => {
    const micros = toMicros(price);
    if (micros === undefined) found.push({ path: toPath(['prices', ...place]), problem: AMOUNT_FAULT });
    return micros ?? 0;
  };
  const value: Prices = {
    currency,
    defaultMicros: read(fallback, 'default'),
    rates: rates.map(({ channel, prefix, price }, index) => ({
      channel,
      ...(prefix !== undefined && { prefix }),
      micros: read(price, 'rates', index, 'price'),
    })),
  };
  return { value, faults: found };
}
