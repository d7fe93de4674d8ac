/** Between OneConnect's words and the engine's: pure, in both directions. */
import type { CodeAlphabet } from '../../core/code.ts';
import type { DisclosedPolicy } from '../../core/policy.ts';
import type { BalanceView, DisclosedStartCommand, DisclosedStartReply } from '../../engine/engine.ts';
import type { SmsAuthBody } from './schema.ts';

export const DIALECT = 'oneconnect';

/** What a tenant without a balance has left: more than anybody sends, and a safe integer in every client. */
const UNLIMITED_SEGMENTS = 999_999_999;

export const ONECONNECT_POLICY: DisclosedPolicy = {
  // The caller compares the code itself.
  disclosure: 'to-caller',
  codeAlphabet: 'alphanumeric-mixed',
  codeLength: 4,
  // For callers who let the native API check instead.
  ttlSeconds: 600,
  checksMax: 5,
  // The vendor has no call that sends a code again; the native API does.
  sendsMax: 5,
  cooldownSeconds: 0,
  onPending: 'start-another',
  numberStrictness: 'syntax',
};

export function toStartCommand(body: SmsAuthBody): DisclosedStartCommand {
  return {
    dialect: DIALECT,
    // Starts of other APIs neither find nor replace what this one began.
    purpose: DIALECT,
    to: body.phone_number.trim(),
    channel: 'sms',
    policy: {
      ...ONECONNECT_POLICY,
      codeAlphabet: toAlphabet(body),
      codeLength: body.length ?? ONECONNECT_POLICY.codeLength,
    },
    text: { kind: 'template' },
  };
}

function toAlphabet({ only_numbers, only_uppercase }: SmsAuthBody): CodeAlphabet {
  if (only_numbers === true) return 'digits';
  return only_uppercase === true ? 'uppercase' : ONECONNECT_POLICY.codeAlphabet;
}

/** @param phoneNumber is given back as it came */
export function fromStart({ code }: DisclosedStartReply, phoneNumber: string) {
  return { code, phone_number: phoneNumber };
}

export function fromBalance({ smsSegmentsLeft = UNLIMITED_SEGMENTS }: BalanceView) {
  return { sms_balance: Math.max(0, smsSegmentsLeft) };
}
