/**
 * Telnyx’s error codes, as far as they say what to do next. A code that is not here is judged by its HTTP status.
 *
 * @see https://developers.telnyx.com/docs/messaging/messages/error-codes/index
 */
import type { ErrorClass } from '../kit/verdict.ts';

export const ERROR_CLASSES: Readonly<Record<string, ErrorClass>> = {
  10001: 'permanent', // inactive phone number
  10002: 'permanent', // invalid phone number
  10003: 'account', // invalid URL
  10005: 'account', // resource not found
  10007: 'temporary', // unexpected error
  10008: 'unknown', // the request timed out
  10009: 'account', // authentication failed
  10010: 'account', // authorization failed
  10011: 'throttled', // too many requests
  10015: 'permanent', // bad request
  10016: 'permanent', // not in E.164
  40001: 'permanent', // not routable, e.g. a landline
  40002: 'permanent', // blocked as spam, for a while: another sender may get through
  40003: 'permanent', // blocked as spam
  40004: 'permanent', // rejected by the destination
  40006: 'temporary', // the recipient’s server is unavailable
  40008: 'permanent', // undeliverable
  40009: 'permanent', // invalid body
  40011: 'throttled', // too many requests
  40012: 'permanent', // invalid destination number
  40013: 'permanent', // invalid source number
  40300: 'permanent', // the recipient has opted out
  40302: 'permanent', // message too large
  40305: 'permanent', // invalid 'from'
  40306: 'permanent', // the name is not set up
  40309: 'permanent', // the destination’s region is not allowed
  40310: 'permanent', // invalid 'to'
  40312: 'account', // the messaging profile is disabled
  40314: 'account', // messaging is disabled
  40315: 'permanent', // unhealthy 'from'
  40318: 'throttled', // the queue is full
  40320: 'temporary', // 'from' is not usable for the moment
  40321: 'account', // no usable numbers in the profile
};
