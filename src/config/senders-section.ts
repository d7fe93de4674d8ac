/** `senders`: whom messages come from that name no sender, by channel and country. Choosing is core/sender.ts. */
import { type Static, Type } from 'typebox';
import { parseMailbox } from '../core/mailbox.ts';
import { isCountry } from '../core/phone-number.ts';
import { SENDER_PATTERN, type SenderRule } from '../core/sender.ts';
import { type Fault, toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

/** One for every country and channel is fewer. */
const SENDERS_MAX = 1_000;

export const sendersSchema = Type.Array(
  Type.Object(
    {
      channel: Type.Enum(['sms', 'voice', 'email'], { description: 'sms, voice or email.' }),
      country: Type.Optional(
        Type.String({
          pattern: '^[A-Z]{2}$',
          patternErrorMessage: 'must be two capital letters, such as IN',
          description: 'For numbers of this ISO 3166-1 country, such as IN. Absent: for all.',
        }),
      ),
      sender: Type.String({
        minLength: 1,
        maxLength: 320,
        description:
          'A number, short code or name of up to 11 characters; a +number for calls; a mailbox for e-mail.',
      }),
    },
    { additionalProperties: false },
  ),
  {
    maxItems: SENDERS_MAX,
    description: 'Senders of messages that name none, before a carrier’s own choice.',
  },
);

export function readSenders(
  section: unknown,
  { fromEnvironment }: SectionContext,
): SectionResult<readonly SenderRule[]> {
  const faults = findSchemaFaults(sendersSchema, section, { segments: ['senders'], fromEnvironment });
  if (faults.length > 0) return { value: [], faults };
  const value = section as Static<typeof sendersSchema>;
  return { value, faults: findSenderFaults(value, ['senders']) };
}

export function findSenderFaults(rules: readonly SenderRule[], place: readonly string[]): readonly Fault[] {
  return rules.flatMap((rule, index): readonly Fault[] => {
    const { channel, country, sender } = rule;
    const fault = (setting: readonly string[], problem: string): Fault => ({
      path: toPath([...place, index, ...setting]),
      problem,
    });
    const earlier = rules.findIndex((one) => one.channel === channel && one.country === country);
    return [
      ...(earlier < index ? [fault([], `is for what ${toPath([...place, earlier])} is for`)] : []),
      ...(SENDERS[channel].isOne(sender) ? [] : [fault(['sender'], SENDERS[channel].problem)]),
      ...(channel === 'email' && country !== undefined
        ? [fault(['country'], 'is for numbers, and e-mail has none')]
        : []),
      ...(country !== undefined && !isCountry(country)
        ? [fault(['country'], 'is no country that has numbers')]
        : []),
    ];
  });
}

const SMS_SENDER = new RegExp(SENDER_PATTERN, 'u');
const CALLER = /^\+[1-9][0-9]{6,14}$/;

const SENDERS: Readonly<
  Record<SenderRule['channel'], { readonly problem: string; isOne(text: string): boolean }>
> = {
  sms: {
    problem: 'must be a number, a short code, or 1 to 11 characters with a letter among them',
    isOne: (text) => SMS_SENDER.test(text),
  },
  voice: { problem: 'must be a + and a number, such as "+14155550123"', isOne: (text) => CALLER.test(text) },
  email: {
    problem: 'must be like Acme <no-reply@acme.example>',
    isOne: (text) => parseMailbox(text) !== undefined,
  },
};
