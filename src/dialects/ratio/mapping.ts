/**
 * Between Ratio's words and the engine's: pure, in both directions. Ratio names the recipient of a code, so that its
 * codes have purposes of their own: what was sent by another API, by a key of the other mode or to an address of the
 * other kind can't be meant.
 */
import type { Policy } from '../../core/policy.ts';
import type { KeyMode } from '../../core/principal.ts';
import type { SessionCommand, StartCommand, VerificationView } from '../../engine/engine.ts';

export const DIALECT = 'ratio';

export type RatioChannel = 'sms' | 'email';

/** The United States; the vendor's own example, +14165551234, is Canadian. */
export const CALLING_CODES = ['1'] as const;

export const RATIO_POLICY: Policy = {
  codeAlphabet: 'digits',
  codeLength: 6,
  ttlSeconds: 300,
  checksMax: 5,
  // The vendor sends again by a new send; the native API may send the same code.
  sendsMax: 5,
  cooldownSeconds: 0,
  onPending: 'replace-code',
  numberStrictness: 'possible',
  // The vendor serves mobiles only. Where a plan does not tell them from fixed lines, as in North America, a number passes.
  refusedNumberTypes: [
    'TOLL_FREE',
    'PREMIUM_RATE',
    'SHARED_COST',
    'PERSONAL_NUMBER',
    'FIXED_LINE',
    'VOIP',
    'PAGER',
    'UAN',
    'VOICEMAIL',
  ],
};

const ID_PREFIXES: Readonly<Record<RatioChannel, string>> = { sms: 'phone-number', email: 'email' };

export function purposeOf(channel: RatioChannel, mode: KeyMode): string {
  return `${DIALECT}.${channel}.${mode}`;
}

export function toStartCommand(
  to: string,
  channel: RatioChannel,
  mode: KeyMode,
  callingCodes: readonly string[],
): StartCommand {
  return {
    dialect: DIALECT,
    to,
    channel,
    purpose: purposeOf(channel, mode),
    policy: { ...RATIO_POLICY, callingCodes },
    text: { kind: 'template' },
  };
}

function toId({ mode, recipientId }: VerificationView, channel: RatioChannel): string {
  return `${ID_PREFIXES[channel]}-${mode}-${recipientId}`;
}

/** @returns no id at all for one of another kind or mode, which is then as unknown as any other */
export function toRecipientId(id: string, channel: RatioChannel, mode: KeyMode): string {
  const prefix = `${ID_PREFIXES[channel]}-${mode}-`;
  return id.startsWith(prefix) ? id.slice(prefix.length) : '';
}

export function fromSmsStart(verification: VerificationView) {
  return { phoneId: toId(verification, 'sms'), phoneMask: verification.to.slice(-4) };
}

export function fromEmailStart(verification: VerificationView) {
  return { emailId: toId(verification, 'email'), emailMask: maskEmail(verification.to) };
}

/** `rat...@example.com`; of a name of three letters or less, all but the last are shown. */
function maskEmail(mailbox: string): string {
  const at = mailbox.lastIndexOf('@');
  return `${mailbox.slice(0, Math.min(3, at - 1))}...${mailbox.slice(at)}`;
}

/** What the session's token says of an address that was verified. */
export function toFactor(verification: VerificationView, channel: RatioChannel): SessionCommand['factor'] {
  const id = toId(verification, channel);
  const { to } = verification;
  return {
    deliveryMethod: channel,
    detail:
      channel === 'sms'
        ? { phone_number_factor: { phone_id: id, phone_number: to } }
        : { email_factor: { email_id: id, email_address: to } },
  };
}
