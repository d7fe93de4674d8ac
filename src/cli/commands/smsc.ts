import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { StartupError, systemCodeOf } from '../../app/startup-error.ts';
import { parseAccount, parseDelay, parseFailureRate, parseShare } from '../../smsc/parse-options.ts';
import {
  ID_FORMS,
  type IdForm,
  RECEIPT_FORMS,
  RECEIPT_SPELLINGS,
  type ReceiptForm,
  type ReceiptSpelling,
} from '../../smsc/receipt-pdu.ts';
import {
  type Delay,
  type FailureRate,
  type SmscOptions,
  VALIDITY_FORMS,
  type ValidityForm,
} from '../../smsc/smsc-options.ts';
import type { SubmittedMessage } from '../../smsc/submitted-messages.ts';
import { type CliIo, EXIT_FAULT, type JsonOption } from '../cli-io.ts';
import { toVisibleText } from '../visible-text.ts';

interface SmscCommandOptions extends JsonOption {
  readonly host: string;
  readonly port: number;
  readonly account?: readonly (readonly [string, string])[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly latency?: Delay;
  readonly fail?: readonly FailureRate[];
  readonly silence?: number;
  readonly rate?: number;
  readonly receiptDelay?: Delay;
  readonly receiptForm?: ReceiptForm;
  readonly receiptSpelling?: ReceiptSpelling;
  readonly responseIds?: IdForm;
  readonly receiptIds?: IdForm;
  readonly validity?: ValidityForm;
  readonly undeliverable?: number;
  readonly loseReceipts?: number;
  readonly repeatReceipts?: number;
  readonly seed?: number;
}

const PORT = 2775;

export function addSmsc(program: Command, io: CliIo): void {
  const command = program
    .command('smsc')
    .description(
      'run an SMSC simulator: it takes binds and messages as an operator’s would, and delivers nothing',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', reading(parsePort), PORT)
    .option(
      '--account <id:password>',
      'who may bind, repeatable; everybody unless told',
      collecting(parseAccount),
    )
    .option('--tls-cert <file>', 'PEM certificate: serve TLS')
    .option('--tls-key <file>', 'PEM key of the certificate');
  addBehaviour(command)
    .option('--json', 'print each message as a line of JSON')
    .addHelpText(
      'after',
      '\nDelays are milliseconds, 250 or 50-250; shares are 0.05 or 5%.\n\nExamples:\n  $ otpost smsc --account acme:secret --latency 20-80\n  $ otpost smsc --fail 0x14:5% --rate 100 --receipt-form text --receipt-ids hex',
    )
    .action((options: SmscCommandOptions) => run(io, options));
}

function addBehaviour(command: Command): Command {
  return command
    .option('--latency <delay>', 'between a submit and its response', reading(parseDelay))
    .option(
      '--fail <status:share>',
      'refuse this share of the submits, repeatable',
      collecting(parseFailureRate),
    )
    .option('--silence <share>', 'share of the submits that is never answered', reading(parseShare))
    .option(
      '--rate <number>',
      'messages per second and account; more is throttled (0x58)',
      reading(parseWhole),
    )
    .option('--receipt-delay <delay>', 'between a response and its receipt', reading(parseDelay))
    .addOption(
      new Option('--receipt-form <form>', 'where a receipt says what it says').choices(RECEIPT_FORMS),
    )
    .addOption(new Option('--receipt-spelling <name>', 'how its text is spelt').choices(RECEIPT_SPELLINGS))
    .addOption(new Option('--response-ids <form>', 'how responses write message ids').choices(ID_FORMS))
    .addOption(new Option('--receipt-ids <form>', 'how receipts write them').choices(ID_FORMS))
    .addOption(
      new Option('--validity <form>', 'the form of validity_period that it takes').choices(VALIDITY_FORMS),
    )
    .option('--undeliverable <share>', 'share of the messages that fails', reading(parseShare))
    .option('--lose-receipts <share>', 'share of the receipts that never comes', reading(parseShare))
    .option('--repeat-receipts <share>', 'share of the receipts that comes twice', reading(parseShare))
    .option('--seed <number>', 'of all draws, so that a run can be repeated', reading(parseWhole));
}

async function run(io: CliIo, options: SmscCommandOptions): Promise<void> {
  const { createSmsc } = await import('../../smsc/smsc.ts');
  const smsc = createSmsc({
    ...toSmscOptions(options),
    onSubmit: (message) => io.out(`${toLine(message, options)}\n`),
  });
  try {
    const port = await smsc.listen(options.port, options.host);
    io.err(`SMSC simulator on ${options.host}:${port}; magic numbers are in docs/carriers/smsc.md\n`);
    await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    io.err(`otpost: cannot listen on ${options.host}:${options.port} (${code})\n`);
    io.exitCode = EXIT_FAULT;
  } finally {
    await smsc.close();
  }
}

function toSmscOptions(options: SmscCommandOptions): SmscOptions {
  const { account, tlsCert, tlsKey } = options;
  const given = {
    latencyMs: options.latency,
    failures: options.fail,
    silenceRate: options.silence,
    messagesPerSecond: options.rate,
    receiptDelayMs: options.receiptDelay,
    receiptForm: options.receiptForm,
    receiptSpelling: options.receiptSpelling,
    responseIds: options.responseIds,
    receiptIds: options.receiptIds,
    validityPeriods: options.validity,
    undeliverableRate: options.undeliverable,
    receiptLossRate: options.loseReceipts,
    receiptRepeatRate: options.repeatReceipts,
    seed: options.seed,
  };
  return {
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as SmscOptions),
    ...(account && { accounts: Object.fromEntries(account) }),
    ...((tlsCert !== undefined || tlsKey !== undefined) && { tls: readTls(tlsCert, tlsKey) }),
  };
}

/** One without the other would serve in the clear what was meant to be TLS. */
function readTls(certFile: string | undefined, keyFile: string | undefined) {
  if (certFile === undefined || keyFile === undefined) {
    throw new StartupError('--tls-cert and --tls-key go together');
  }
  const pair = readFiles(certFile, keyFile);
  try {
    createSecureContext(pair);
    return pair;
  } catch (error) {
    const code = systemCodeOf(error) ?? 'unknown';
    throw new StartupError(`--tls-cert and --tls-key are no PEM certificate and its key (${code})`);
  }
}

function readFiles(certFile: string, keyFile: string) {
  try {
    return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  } catch (error) {
    throw new StartupError(`cannot read --tls-cert or --tls-key (${systemCodeOf(error) ?? 'unknown'})`);
  }
}

export function toLine(message: SubmittedMessage, { json }: JsonOption): string {
  const { messageId, systemId, source, destination, text, place } = message;
  if (!json) return toVisibleText(`${messageId}  ${source || '-'} → ${destination}  ${text}`);
  const { dataCoding, esmClass, registeredDelivery, validityPeriod, otherTlvs } = message;
  return JSON.stringify({
    ...{ messageId, systemId, source, destination, text, place },
    ...{ dataCoding, esmClass, registeredDelivery, validityPeriod },
    tlvs: otherTlvs.map(({ tag, value }) => ({ tag, hex: Buffer.from(value).toString('hex') })),
  });
}

/** What a parser has to say becomes the command line's complaint. */
function reading<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof RangeError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

function collecting<T>(parse: (text: string) => T): (text: string, earlier?: readonly T[]) => readonly T[] {
  const read = reading(parse);
  return (text, earlier = []) => [...earlier, read(text)];
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new RangeError(`“${text}” is no port`);
  return Number(text);
}

function parseWhole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`“${text}” is no whole number`);
  return Number(text);
}
