/**
 * The SMS API’s status codes.
 *
 * @see https://developer.vonage.com/en/api-errors/sms
 */
import type { ErrorClass } from '../kit/verdict.ts';

export const SMS_STATUS_CLASSES: Readonly<Record<string, ErrorClass>> = {
  1: 'throttled', // faster than the account may
  2: 'permanent', // missing parameters
  3: 'permanent', // invalid parameters
  4: 'account', // invalid credentials
  5: 'temporary', // internal error
  6: 'permanent', // invalid message, e.g. an unknown prefix
  7: 'permanent', // number barred
  8: 'account', // account barred
  9: 'account', // out of credit
  10: 'throttled', // too many connections
  11: 'account', // account not enabled for HTTP
  12: 'permanent', // message too long
  14: 'account', // invalid signature
  15: 'permanent', // invalid sender
  22: 'permanent', // invalid network code
  23: 'account', // invalid callback URL
  29: 'permanent', // not a number of the trial’s list
  32: 'account', // signature and secret together
  33: 'permanent', // number deactivated
};
