/**
 * What may stand as the sender of an SMS: a number, a short code, or up to eleven characters that people read
 * (3GPP TS 23.040 §9.1.2.5), with at least one letter. Whether a carrier lets a tenant use it is the carrier's business.
 */

/** As the text of a regular expression, so that JSON Schemas can hold it. */
export const SENDER_PATTERN = "^(?:\\+?[0-9]{3,15}|(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9 &.,_'-]{1,11})$";
