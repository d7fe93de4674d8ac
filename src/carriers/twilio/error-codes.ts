/**
 * Twilio's error codes, as far as they say what to do next. A code that is not here is judged by its HTTP status.
 *
 * @see https://www.twilio.com/docs/api/errors
 */
import type { ErrorClass } from '../kit/verdict.ts';

export const ERROR_CLASSES: Readonly<Record<string, ErrorClass>> = {
  // The account, its credentials or the settings
  10001: 'account', // account is not active
  20003: 'account', // authentication failed
  20005: 'account', // account not active
  20006: 'account', // access denied
  20008: 'account', // resource not accessible with test credentials
  20404: 'account', // no such account
  21205: 'account', // invalid URL
  21609: 'account', // invalid status callback
  21701: 'account', // the messaging service does not exist
  21703: 'account', // the messaging service has no senders
  30002: 'account', // account suspended
  90010: 'account', // account is not active

  // The person’s number, its country, or what it may receive
  13223: 'permanent', // dial: invalid phone number format
  13224: 'permanent', // dial: invalid phone number
  13227: 'permanent', // dial: no permission for this country
  21211: 'permanent', // invalid 'To'
  21214: 'permanent', // 'To' cannot be reached
  21215: 'permanent', // no permission to call this country
  21216: 'permanent', // not allowed to call this number
  21217: 'permanent', // not a phone number
  21219: 'permanent', // 'To' is not verified (trial)
  21265: 'permanent', // 'To' is a short code
  21266: 'permanent', // 'To' and 'From' are the same
  21408: 'permanent', // no permission to send to this country
  21602: 'permanent', // no body
  21604: 'permanent', // no 'To'
  21608: 'permanent', // 'To' is not verified (trial)
  21610: 'permanent', // the recipient has opted out
  21612: 'permanent', // no route from this sender to this number
  21614: 'permanent', // not a mobile number
  21617: 'permanent', // body too long
  21635: 'permanent', // a landline
  30003: 'permanent', // unreachable handset
  30004: 'permanent', // blocked
  30005: 'permanent', // unknown handset
  30006: 'permanent', // landline or unreachable network
  30007: 'permanent', // filtered

  // The sender of this message
  21210: 'permanent', // caller id is not verified
  21212: 'permanent', // invalid 'From'
  21213: 'permanent', // no 'From'
  21603: 'permanent', // no 'From'
  21606: 'permanent', // 'From' cannot send to this number
  21659: 'permanent', // 'From' is not a number of this account
  21660: 'permanent', // 'From' belongs to another account
  21661: 'permanent', // 'From' cannot send SMS

  // Too much at once
  14107: 'throttled', // message rate exceeded
  20429: 'throttled', // too many requests
  21611: 'throttled', // the sender’s queue is full
  30001: 'throttled', // queue overflow

  20500: 'temporary', // internal error
  20503: 'temporary', // service unavailable
  30008: 'temporary', // unknown error
};
