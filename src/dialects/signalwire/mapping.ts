/** Between SignalWire's words and the engine's: pure, in both directions. */
import type { Policy } from '../../core/policy.ts';
import type { StartCommand, StartReply } from '../../engine/engine.ts';
import type { RequestBody } from './schema.ts';

export const DIALECT = 'signalwire';

export type MfaChannel = 'sms' | 'call';

const DEFAULT_MESSAGE = 'Your Personal Authorization Code is:';

export const SIGNALWIRE_POLICY: Policy = {
  codeAlphabet: 'digits',
  codeLength: 6,
  ttlSeconds: 3600,
  checksMax: 3,
  // The vendor has no call that sends a token again; the native API does.
  sendsMax: 5,
  cooldownSeconds: 0,
  onPending: 'start-another',
  numberStrictness: 'possible',
};

export function toStartCommand(body: RequestBody, channel: MfaChannel): StartCommand {
  return {
    dialect: DIALECT,
    // Starts of other APIs neither find nor replace what this one began.
    purpose: DIALECT,
    to: body.to,
    channel: channel === 'call' ? 'voice' : 'sms',
    policy: {
      ...SIGNALWIRE_POLICY,
      codeAlphabet: body.allow_alphas === true ? 'alphanumeric' : SIGNALWIRE_POLICY.codeAlphabet,
      codeLength: body.token_length ?? SIGNALWIRE_POLICY.codeLength,
      ttlSeconds: body.valid_for ?? SIGNALWIRE_POLICY.ttlSeconds,
      checksMax: body.max_attempts ?? SIGNALWIRE_POLICY.checksMax,
      ...(channel === 'sms' && { segmentsMax: 1 }),
    },
    text: { kind: 'lead-in', leadIn: body.message ?? DEFAULT_MESSAGE },
    sender: body.from,
  };
}

/** @param to is given back as it came */
export function fromStart({ verification }: StartReply, to: string, channel: MfaChannel) {
  return { id: verification.id, success: true, to, channel };
}
