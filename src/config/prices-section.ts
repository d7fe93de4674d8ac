/** `prices`: what tenants with a balance are charged. The arithmetic is core/prices.ts; amounts here are decimal. */
import { type Static, Type } from 'typebox';
import { type Prices, SEGMENTS_AS_PRICES } from '../core/prices.ts';
import { type Fault, toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

const MICROS = 1_000_000;
const amount = (description: string) => Type.Number({ minimum: 0, maximum: 1000, description });

export const pricesSchema = Type.Object(
  {
    currency: Type.String({
      pattern: '^[A-Z]{3}$',
      patternErrorMessage: 'must be three capital letters, such as EUR',
      description: 'A label; nothing is converted.',
    }),
    default: amount('For a segment, call or e-mail that no rate is for.'),
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
            price: amount('For one segment, call or e-mail.'),
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
  const fine: Fault[] = [];
  const toMicros = (price: number, ...place: readonly (string | number)[]): number => {
    const micros = Math.round(price * MICROS);
    if (Math.abs(micros / MICROS - price) > Number.EPSILON) {
      fine.push({ path: toPath(['prices', ...place]), problem: 'has more than six decimal places' });
    }
    return micros;
  };
  const value: Prices = {
    currency,
    defaultMicros: toMicros(fallback, 'default'),
    rates: rates.map(({ channel, prefix, price }, index) => ({
      channel,
      ...(prefix !== undefined && { prefix }),
      micros: toMicros(price, 'rates', index, 'price'),
    })),
  };
  return { value, faults: fine };
}
