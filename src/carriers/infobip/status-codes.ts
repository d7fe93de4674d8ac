/**
 * Infobip’s statuses: five groups, of which a name tells more where a message was rejected.
 *
 * @see https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes
 */
import type { ReceiptState } from '../../core/delivery.ts';
import type { ErrorClass } from '../kit/verdict.ts';

export const GROUP_STATES: Readonly<Record<string, ReceiptState>> = {
  ACCEPTED: 'accepted',
  PENDING: 'accepted',
  UNDELIVERABLE: 'failed',
  DELIVERED: 'delivered',
  EXPIRED: 'expired',
  REJECTED: 'failed',
};

/** Rejections that are not the message’s own fault; every other one is. */
export const REJECTION_CLASSES: Readonly<Record<string, ErrorClass>> = {
  REJECTED_NOT_ENOUGH_CREDITS: 'account',
  REJECTED_PREPAID_PACKAGE_EXPIRED: 'account',
  REJECTED_FLOODING_FILTER: 'throttled',
  REJECTED_SYSTEM_ERROR: 'temporary',
};
