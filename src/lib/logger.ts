/**
 * The log: one JSON line an event on standard output, or the same for people. It holds no request logic; the edge
 * that handles a request or a business event writes its one line.
 */
import { createRequire } from 'node:module';
import { type Logger as PinoLogger, pino } from 'pino';
import { redactFields } from './redact.ts';
import { type Clock, systemClock, toIso } from './time.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, unknown>>;
/** Fields first, ids and masks only; the message is a constant, so that lines can be counted by it. */
export type LogMethod = (fields: LogFields, message: string) => void;

export interface Logger {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
  /** A logger that adds these fields to each of its lines. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly pretty: boolean;
  /** Where lines go, each ending in a line feed; standard output unless told. */
  readonly destination?: LogDestination;
  readonly clock?: Clock;
}

export interface LogDestination {
  write(line: string): unknown;
}

// When whoever reads standard output stalls, lines are dropped beyond this rather than memory filled.
const BUFFERED_BYTES_MAX = 8 * 1024 * 1024;
const STANDARD_OUTPUT = 1;

export function createLogger({ level, pretty, destination, clock = systemClock }: LoggerOptions): Logger {
  const root = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${toIso(clock())}"`,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      // Errors are spelled out by `redactFields`; pino's own serializer would add every property that they carry.
      serializers: { err: (described: unknown) => described },
    },
    pretty ? createPrettyStream(destination) : (destination ?? createStandardOutput()),
  );
  return fromPino(root);
}

/** pino redacts what a line is given but not what a child is made with, so children are made here. */
function fromPino(logger: PinoLogger): Logger {
  return {
    trace: (fields, message) => logger.trace(fields, message),
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    fatal: (fields, message) => logger.fatal(fields, message),
    child: (fields) => fromPino(logger.child(redactFields(fields))),
  };
}

/** Writes without waiting, in order; what is buffered when the process ends in good order is flushed by pino. */
function createStandardOutput(): LogDestination {
  return pino.destination({ dest: STANDARD_OUTPUT, sync: false, maxLength: BUFFERED_BYTES_MAX });
}

interface PinoPretty {
  prettyFactory(options: Readonly<Record<string, unknown>>): (line: string) => string;
}

/** Formats in this process: a worker thread would cost 10 MB and lose the last lines before a crash. */
function createPrettyStream(destination: LogDestination = process.stdout): LogDestination {
  // Loaded only when asked for, since a server's log seldom is: it takes 20 ms of the start.
  const { prettyFactory }: PinoPretty = createRequire(import.meta.url)('pino-pretty');
  const format = prettyFactory({
    colorize: destination === process.stdout && process.stdout.isTTY,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return { write: (line) => destination.write(format(line)) };
}
