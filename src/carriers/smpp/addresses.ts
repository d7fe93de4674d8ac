/**
 * Senders and recipients as SMPP writes them: address, type of number, numbering plan. Which sender a network allows is the
 * operator's business.
 * @see SMPP 3.4 §5.2.5 (TON), §5.2.6 (NPI)
 */

export interface SmppAddress {
  readonly ton: number;
  readonly npi: number;
  readonly address: string;
}

export interface AddressOverrides {
  readonly ton?: number | undefined;
  readonly npi?: number | undefined;
}

const TON_UNKNOWN = 0;
const TON_INTERNATIONAL = 1;
const TON_NETWORK_SPECIFIC = 3;
const TON_ALPHANUMERIC = 5;
const NPI_UNKNOWN = 0;
const NPI_E164 = 1;
/** Short codes have three to eight digits; no international number is as short. */
const SHORT_CODE_DIGITS_MAX = 8;

/** Without a sender the SMSC puts its own. */
export function toSourceAddress(sender: string, overrides: AddressOverrides = {}): SmppAddress {
  return { ...deriveSource(sender), ...withoutAbsent(overrides) };
}

/** @param to E.164 */
export function toDestinationAddress(to: string, overrides: AddressOverrides = {}): SmppAddress {
  return {
    ton: TON_INTERNATIONAL,
    npi: NPI_E164,
    address: to.replace('+', ''),
    ...withoutAbsent(overrides),
  };
}

function deriveSource(sender: string): SmppAddress {
  if (sender === '') return { ton: TON_UNKNOWN, npi: NPI_UNKNOWN, address: '' };
  const digits = /^\+?(\d+)$/.exec(sender)?.[1];
  if (digits === undefined) return { ton: TON_ALPHANUMERIC, npi: NPI_UNKNOWN, address: sender };
  return sender.startsWith('+') || digits.length > SHORT_CODE_DIGITS_MAX
    ? { ton: TON_INTERNATIONAL, npi: NPI_E164, address: digits }
    : { ton: TON_NETWORK_SPECIFIC, npi: NPI_UNKNOWN, address: digits };
}

function withoutAbsent({ ton, npi }: AddressOverrides): Partial<SmppAddress> {
  return { ...(ton !== undefined && { ton }), ...(npi !== undefined && { npi }) };
}
