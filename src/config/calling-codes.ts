/** Calling codes in settings, which several sections have. */
import { Type } from 'typebox';

/** There are fewer. */
const CODES_MAX = 250;

export const callingCodesSchema = (description: string) =>
  Type.Array(
    Type.String({ pattern: '^[1-9][0-9]{0,2}$', patternErrorMessage: 'must be a calling code such as "44"' }),
    { minItems: 1, maxItems: CODES_MAX, description },
  );
