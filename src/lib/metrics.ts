/**
 * Every metric that there is, as one table, and the interface through which the rest of the program counts. How they
 * are kept and exposed is `telemetry.ts`.
 */

/**
 * The only label names. Each takes its values from code or configuration: the name of a dialect, carrier, channel,
 * limit or route pattern, an HTTP status, a word for an outcome or state. Never an address, an id, a tenant or text
 * from a request: that would be a leak, and a series for each.
 */
export const LABEL_NAMES = [
  'carrier',
  'channel',
  'dialect',
  'limit',
  'outcome',
  'route',
  'state',
  'status',
] as const;
export type LabelName = (typeof LABEL_NAMES)[number];

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly LabelName[];
  /** Upper bounds, rising; for a histogram only. */
  readonly buckets?: readonly number[];
}

// A commit with its fsync: a fast NVMe answers in 0.1 ms, a spinning disk or a cloud volume in 10 ms.
const COMMIT_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];
// A request without a carrier in it: the goal is 25 ms at the 99th percentile, so the buckets are dense below it.
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
// A carrier on the network: some milliseconds over SMPP, seconds over a slow HTTP API, up to its time limit.
const CARRIER_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
// From the commit to the carrier: milliseconds when all is well, a lease (a minute and more) after a crash.
const DISPATCH_SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300];
const GROUP_SIZES = [1, 2, 4, 8, 16, 32, 64, 128];

export const METRICS = {
  otpost_http_requests_total: {
    type: 'counter',
    help: 'HTTP requests answered, by route pattern and status.',
    labels: ['dialect', 'route', 'status'],
  },
  otpost_http_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from a request to its last byte of answer.',
    labels: ['dialect', 'route'],
    buckets: REQUEST_SECONDS,
  },
  otpost_verifications_total: {
    type: 'counter',
    help: 'What became of verifications: started, resent, approved, expired, locked, canceled.',
    labels: ['dialect', 'channel', 'outcome'],
  },
  otpost_checks_total: {
    type: 'counter',
    help: 'Codes submitted, by outcome.',
    labels: ['outcome'],
  },
  otpost_messages_total: {
    type: 'counter',
    help: 'Messages that reached a state, by the carrier that they went through; each unknown may have gone twice.',
    labels: ['carrier', 'channel', 'outcome'],
  },
  otpost_submit_duration_seconds: {
    type: 'histogram',
    help: 'Time that a carrier took to accept, refuse or leave open one message.',
    labels: ['carrier', 'outcome'],
    buckets: CARRIER_SECONDS,
  },
  otpost_accept_to_submit_seconds: {
    type: 'histogram',
    help: 'Time from accepting a message to handing it to a carrier.',
    labels: ['channel'],
    buckets: DISPATCH_SECONDS,
  },
  otpost_receipts_total: {
    type: 'counter',
    help: 'Delivery receipts from carriers, by the state that they report.',
    labels: ['carrier', 'state'],
  },
  otpost_receipts_refused_total: {
    type: 'counter',
    help: 'Receipts over HTTP that were not taken: forged, malformed, closed.',
    labels: ['carrier', 'outcome'],
  },
  otpost_parked_receipts: {
    type: 'gauge',
    help: 'Receipts that wait for the message that they belong to.',
    labels: [],
  },
  otpost_outbox_depth: {
    type: 'gauge',
    help: 'Messages and webhooks that wait to be dispatched.',
    labels: [],
  },
  otpost_webhooks_total: {
    type: 'counter',
    help: 'Webhook attempts, by outcome.',
    labels: ['outcome'],
  },
  otpost_store_up: {
    type: 'gauge',
    help: '1 while the database takes transactions, else 0.',
    labels: [],
  },
  otpost_store_transactions_total: {
    type: 'counter',
    help: 'Transactions asked of the store.',
    labels: [],
  },
  otpost_store_commit_duration_seconds: {
    type: 'histogram',
    help: 'Time of one physical commit, with its flush to disk.',
    labels: [],
    buckets: COMMIT_SECONDS,
  },
  otpost_group_commit_size: {
    type: 'histogram',
    help: 'Transactions that shared one physical commit.',
    labels: [],
    buckets: GROUP_SIZES,
  },
  otpost_failure_alarms_total: {
    type: 'counter',
    help: 'Times that a tenant had too many wrong codes in a window.',
    labels: [],
  },
  otpost_limits_refused_total: {
    type: 'counter',
    help: 'Requests refused by a limit, by its name.',
    labels: ['limit'],
  },
  otpost_carrier_up: {
    type: 'gauge',
    help: '1 while a carrier is able to take messages, else 0.',
    labels: ['carrier'],
  },
  otpost_smpp_binds_open: {
    type: 'gauge',
    help: 'SMPP binds of a carrier that are open.',
    labels: ['carrier'],
  },
  otpost_smpp_answers_total: {
    type: 'counter',
    help: 'Answers to submit_sm by the name of their command_status; other: none of the specification.',
    labels: ['carrier', 'status'],
  },
  otpost_smpp_deliveries_total: {
    type: 'counter',
    help: 'What SMSCs delivered: receipts, taken or not, and texts from phones.',
    labels: ['carrier', 'outcome'],
  },
  otpost_breaker_state: {
    type: 'gauge',
    help: 'Circuit breaker of a carrier: 0 closed, 1 half open, 2 open.',
    labels: ['carrier'],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;
type NamesOf<Type extends MetricDefinition['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];

export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;

/** Exactly the labels of one metric: one too many or too few does not compile. */
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<(typeof METRICS)[Name]['labels'][number], string>
>;

/** Each call costs about 0.5 µs and never throws for a value that came from outside. */
export interface Metrics {
  /** Adds one, or `by`. */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  /** Records one value, in the metric's unit. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  gauge<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): void;
}

/** Counts nothing: for what is used without a server, such as the command line. */
export const noMetrics: Metrics = { count() {}, observe() {}, gauge() {} };
