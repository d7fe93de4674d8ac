/** The ways by which a code or a text reaches a person. */
export const CHANNELS = ['sms', 'voice', 'email', 'totp'] as const;
export type Channel = (typeof CHANNELS)[number];

/** The channels that carry messages; a TOTP code is made on the person's own device. */
export type MessageChannel = Exclude<Channel, 'totp'>;

export type AddressKind = 'phone' | 'email';

export function addressKindOf(channel: MessageChannel): AddressKind {
  return channel === 'email' ? 'email' : 'phone';
}
