import { type AddressKind, addressKindOf, type MessageChannel } from '../core/channel.ts';
import { parseEmailAddress } from '../core/email-address.ts';
import { EngineError } from '../core/errors.ts';
import { parsePhoneNumber } from '../core/phone-number.ts';
import type { Policy } from '../core/policy.ts';
import type { KeyMode, Principal } from '../core/principal.ts';
import { senderFor } from '../core/sender.ts';
import type { SettingsOf } from '../core/tenant-settings.ts';
import type { Keyring } from '../lib/keyring.ts';
import { uuidFromHash } from '../lib/uuid.ts';
import type { Destination } from './router.ts';

/** One normalised address of a tenant. Every spelling of it gives the same value. */
export interface Address {
  readonly kind: AddressKind;
  /** E.164, or the mailbox to send to. */
  readonly to: string;
  /**
   * Stable per tenant, mode and address; it stands for the address wherever one is counted or looked up. What is tried
   * with a test key so counts against nobody's limits and failures but the test's own.
   */
  readonly recipientId: string;
  readonly country?: string;
}

/** Where a message of this caller to this address would go, and whom it would come from. */
export function destinationOf(
  settingsOf: SettingsOf,
  { mode, tenant }: Principal,
  { channel, sender }: { readonly channel: MessageChannel; readonly sender?: string },
  { to, country }: Pick<Address, 'to' | 'country'>,
): Destination {
  const usual = senderFor(settingsOf(tenant).senders, channel, country);
  return { channel, mode, to, country, tenantId: tenant.id, sender: sender ?? usual };
}

export type AddressPolicy = Pick<Policy, 'numberStrictness' | 'callingCodes' | 'refusedNumberTypes'>;

/** @throws EngineError `invalid_phone_number`, `invalid_email_address`, `destination_unsupported` */
export function readAddress(
  input: string,
  channel: MessageChannel,
  policy: AddressPolicy,
  principal: Principal,
  keyring: Keyring,
): Address {
  return addressKindOf(channel) === 'email'
    ? readEmail(input, principal, keyring)
    : readPhone(input, policy, principal, keyring);
}

function readPhone(
  input: string,
  policy: AddressPolicy,
  { tenant, mode }: Principal,
  keyring: Keyring,
): Address {
  const number = parsePhoneNumber(input, {
    defaultCountry: tenant.defaultCountry,
    strictness: policy.numberStrictness,
  });
  if (number.fault) {
    throw new EngineError('invalid_phone_number', FAULT_TEXTS[number.fault], { field: 'to' });
  }
  if (policy.callingCodes && !policy.callingCodes.includes(number.callingCode)) {
    throw new EngineError('destination_unsupported', 'Numbers of this country are not served.', {
      field: 'country',
    });
  }
  if (number.type && policy.refusedNumberTypes?.includes(number.type)) {
    throw new EngineError('destination_unsupported', 'Numbers of this type are not served.', {
      field: 'type',
    });
  }
  return {
    kind: 'phone',
    to: number.e164,
    recipientId: derivedId('phone', mode, number.e164, tenant.id, keyring),
    country: number.country,
  };
}

function readEmail(input: string, { tenant, mode }: Principal, keyring: Keyring): Address {
  const address = parseEmailAddress(input);
  if (address.fault) {
    throw new EngineError('invalid_email_address', 'This is not an e-mail address.', { field: 'to' });
  }
  return {
    kind: 'email',
    to: address.mailbox,
    recipientId: derivedId('email', mode, address.canonical, tenant.id, keyring),
  };
}

/** No table has to remember it. */
export function derivedId(
  kind: AddressKind | 'subject',
  mode: KeyMode,
  canonical: string,
  tenantId: string,
  keyring: Keyring,
): string {
  return uuidFromHash(keyring.lookupHash(mode === 'test' ? `test-${kind}` : kind, tenantId, canonical));
}

const FAULT_TEXTS = {
  'not-a-number': 'This is not a phone number.',
  'not-possible': 'This phone number has a length that its country does not use.',
  'not-valid': 'This phone number is in no range that its country has assigned.',
} as const;
