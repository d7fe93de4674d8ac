/** Amounts of money in settings: a number or decimal text, read exactly either way. The arithmetic is core/ledger.ts. */
import { Type } from 'typebox';
import { MICROS_PER_UNIT, parseAmount } from '../core/ledger.ts';

/** Far beyond the price of any segment, so that a lost decimal point is noticed. */
const AMOUNT_MAX = 1_000;
export const AMOUNT_FAULT = `must be an amount from 0 to ${AMOUNT_MAX} with at most six decimal places, such as 0.0042`;

export const amountSchema = (description: string) =>
  Type.Union(
    [
      Type.Number({ minimum: 0, maximum: AMOUNT_MAX }),
      Type.String({ pattern: '^[0-9]{1,4}(\\.[0-9]{1,6})?$' }),
    ],
    { description, patternErrorMessage: AMOUNT_FAULT },
  );

/** Millionths. @returns undefined for what the schema cannot refuse: a number of too many decimals, text beyond the most */
export function toMicros(amount: number | string): number | undefined {
  // The shortest digits that read back as the same number are those of the file; what needs an exponent is too fine.
  const micros = parseAmount(String(amount));
  return micros === undefined || micros > AMOUNT_MAX * MICROS_PER_UNIT ? undefined : micros;
}
