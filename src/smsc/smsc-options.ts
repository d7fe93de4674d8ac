/**
 * What an SMSC simulator can be told, with its defaults. Everything random is drawn from one seed, so that a run can be repeated.
 */
import type { TlsOptions } from 'node:tls';
import type { Clock } from '../lib/time.ts';
import { systemClock } from '../lib/time.ts';
import type { TextEncoding } from '../smpp/encoding.ts';
import type { Timers } from '../smpp/timers.ts';
import { systemTimers } from '../smpp/timers.ts';
import type { IdForm, ReceiptForm, ReceiptSpelling } from './receipt-pdu.ts';
import type { SubmittedMessage } from './submitted-messages.ts';

/** A number, or a range from which each wait is drawn. Milliseconds. */
export type Delay = number | readonly [minMs: number, maxMs: number];

export interface FailureRate {
  /** command_status, e.g. 0x08. */
  readonly status: number;
  /** Share of the submits, 0–1. */
  readonly rate: number;
}

export const VALIDITY_FORMS = ['any', 'relative', 'absolute'] as const;
export type ValidityForm = (typeof VALIDITY_FORMS)[number];

export interface SmscOptions {
  readonly systemId?: string;
  /** system_id → password. Absent: whoever binds is let in. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** Present: TLS. */
  readonly tls?: TlsOptions;
  /** Between a submit and its response. */
  readonly latencyMs?: Delay;
  readonly failures?: readonly FailureRate[];
  /** Share of the submits that are never answered, 0–1. */
  readonly silenceRate?: number;
  /** Per system_id; what is more is answered 0x58. 0: no limit. */
  readonly messagesPerSecond?: number;
  /** Messages that wait for their final state; a submit beyond is answered 0x14. */
  readonly queueMax?: number;
  /** Submits of one session that are handled at once, before its socket is read no further. */
  readonly submitWindow?: number;
  /** Receipts in flight to one session. */
  readonly receiptWindow?: number;
  /** How message ids are written in responses, and in receipts. */
  readonly responseIds?: IdForm;
  readonly receiptIds?: IdForm;
  readonly receiptForm?: ReceiptForm;
  readonly receiptSpelling?: ReceiptSpelling;
  readonly receiptDelayMs?: Delay;
  /** Shares of the accepted messages, 0–1. */
  readonly undeliverableRate?: number;
  readonly receiptLossRate?: number;
  readonly receiptRepeatRate?: number;
  /** The only form of validity_period that is taken; another is answered 0x62. */
  readonly validityPeriods?: ValidityForm;
  /** What data_coding 0 means here. */
  readonly defaultAlphabet?: TextEncoding;
  readonly enquireLinkIntervalMs?: number;
  /** Of all draws. */
  readonly seed?: number;
  /** Messages that the inspector keeps; older ones are forgotten. */
  readonly keptMax?: number;
  readonly timers?: Timers;
  readonly clock?: Clock;
  readonly onSubmit?: (message: SubmittedMessage) => void;
}

export type SmscSettings = Required<Omit<SmscOptions, 'accounts' | 'tls' | 'onSubmit'>> &
  Pick<SmscOptions, 'accounts' | 'tls' | 'onSubmit'>;

const DEFAULTS: SmscSettings = {
  systemId: 'otpost-smsc',
  latencyMs: 0,
  failures: [],
  silenceRate: 0,
  messagesPerSecond: 0,
  queueMax: 100_000,
  submitWindow: 1_000,
  receiptWindow: 50,
  responseIds: 'decimal',
  receiptIds: 'decimal',
  receiptForm: 'both',
  receiptSpelling: 'appendix-b',
  receiptDelayMs: 0,
  undeliverableRate: 0,
  receiptLossRate: 0,
  receiptRepeatRate: 0,
  validityPeriods: 'any',
  defaultAlphabet: 'gsm7',
  enquireLinkIntervalMs: 30_000,
  seed: 1,
  keptMax: 10_000,
  timers: systemTimers,
  clock: systemClock,
};

export function toSmscSettings(options: SmscOptions): SmscSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...given };
}
