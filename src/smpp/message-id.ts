/**
 * Brings message ids to the form in which a submit's and its receipt's are equal. Some SMSCs answer a submit in hexadecimal and report in
 * decimal, change the case, or pad with zeros; each side's form is configured, and both are compared after this.
 */

export type MessageIdForm = 'exact' | 'case-insensitive' | 'no-leading-zeros' | 'decimal' | 'hex';

/** More digits than any SMSC's numbers, and cheap to convert. message_id is at most 64 characters (§5.2.23). */
const DIGITS_MAX = 64;

/**
 * The id in its comparison form. `decimal` and `hex` tell how the id is written and give its number in decimal, so an id read as
 * hex equals the same number read as decimal; an id that is no such number is compared without case and leading zeros.
 */
export function canonicalMessageId(id: string, form: MessageIdForm): string {
  if (form === 'exact') return id;
  const lower = id.trim().toLowerCase();
  if (form === 'case-insensitive') return lower;
  if (form === 'decimal' && isNumber(lower, /^[0-9]+$/)) return BigInt(lower).toString();
  if (form === 'hex' && isNumber(lower, /^[0-9a-f]+$/)) return BigInt(`0x${lower}`).toString();
  return lower.replace(/^0+(?=.)/, '');
}

function isNumber(id: string, digits: RegExp): boolean {
  return id.length <= DIGITS_MAX && digits.test(id);
}
