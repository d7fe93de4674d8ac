/**
 * Kannel 1.4 (bearerbox and smsbox, as Debian installs them) on the loopback interface, beside ours in an interop test and in a
 * benchmark. What it is asked to send, and what that shows, is its caller's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const BEARERBOX = '/usr/sbin/bearerbox';
const SMSBOX = '/usr/sbin/smsbox';
/** Kannel ends on SIGTERM, but waits for its peers first. */
const END_MS = 3_000;
/** 128 + 15, as shells have it. */
const SIGTERM_EXIT = 143;
/** Only panics. */
const LEAST_VERBOSE = '4';

export const KANNEL_USER = { username: 'acme', password: 'secret' } as const;

export interface KannelOptions {
  /** Of its own; the caller removes it. */
  readonly folder: string;
  readonly smscPort: number;
  readonly systemId: string;
  readonly password: string;
  readonly binds?: number;
  /** Submits without an answer on each bind at most; Kannel's 10 unless told. */
  readonly window?: number;
  readonly enquireLinkSeconds?: number;
  /** Where messages are kept until they are sent (`store-type` and what goes with it); in memory unless told. */
  readonly store?: Readonly<Record<`store-${string}`, string>>;
  /** An SQLite file for what is known of messages whose receipts are awaited; in memory unless told. */
  readonly receiptsFile?: string;
  /** 0 debug … 4 panic: of the file that `readLog` reads. Absent: no file. */
  readonly logLevel?: number;
}

export interface Kannel extends AsyncDisposable {
  readonly sendSmsPort: number;
  /** Smsbox before bearerbox has its port would end: it is for the caller to wait for the binds. */
  startSmsbox(): void;
  readLog(): string;
  readonly isRunning: boolean;
}

export function isKannelInstalled(): boolean {
  return existsSync(BEARERBOX) && existsSync(SMSBOX);
}

export async function startKannel(options: KannelOptions): Promise<Kannel> {
  const ports = { admin: await freePort(), smsbox: await freePort(), sendSms: await freePort() };
  const file = join(options.folder, 'kannel.conf');
  const log = join(options.folder, 'bearerbox.log');
  writeFileSync(file, configuration(options, ports, log));
  const children: ChildProcess[] = [];
  const run = (program: string) => {
    const child = spawn(program, ['-v', LEAST_VERBOSE, file], { cwd: options.folder, stdio: 'ignore' });
    children.push(child);
  };
  // A run that is ended from outside would leave them behind.
  const endAtOnce = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  const leave = () => process.exit(SIGTERM_EXIT);
  process.on('exit', endAtOnce).on('SIGTERM', leave);
  run(BEARERBOX);
  return {
    sendSmsPort: ports.sendSms,
    startSmsbox: () => run(SMSBOX),
    readLog: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
    get isRunning() {
      return children.every(isRunning);
    },
    async [Symbol.asyncDispose]() {
      for (const child of children.toReversed()) await end(child);
      process.off('exit', endAtOnce).off('SIGTERM', leave);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const closed = once(server, 'close');
  server.close();
  await closed;
  return port;
}

type Ports = Readonly<Record<'admin' | 'smsbox' | 'sendSms', number>>;

type Group = Readonly<Record<string, string | number | undefined>>;

function configuration(options: KannelOptions, ports: Ports, log: string): string {
  const { binds = 1, logLevel, store = {}, receiptsFile } = options;
  const core: Group = {
    group: 'core',
    'admin-port': ports.admin,
    'admin-interface': '127.0.0.1',
    'admin-password': 'kannel',
    'smsbox-port': ports.smsbox,
    'smsbox-interface': '127.0.0.1',
    'box-allow-ip': '127.0.0.1',
    'dlr-storage': receiptsFile === undefined ? 'internal' : 'sqlite3',
    ...(logLevel !== undefined && { 'log-file': log, 'log-level': logLevel }),
    ...store,
  };
  const smsbox: Group = {
    group: 'smsbox',
    'bearerbox-host': '127.0.0.1',
    'bearerbox-port': ports.smsbox,
    'sendsms-port': ports.sendSms,
    'sendsms-interface': '127.0.0.1',
  };
  const user: Group = { group: 'sendsms-user', ...KANNEL_USER, concatenation: 'true', 'max-messages': 10 };
  const service: Group = { group: 'sms-service', keyword: 'default', text: '"none"', 'max-messages': 0 };
  const binding = Array.from({ length: binds }, () => smscGroup(options));
  const receipts = receiptsFile === undefined ? [] : receiptGroups(receiptsFile);
  return [core, ...receipts, ...binding, smsbox, user, service].map(toText).join('\n');
}

const RECEIPT_FIELDS = [
  'smsc',
  'timestamp',
  'source',
  'destination',
  'service',
  'url',
  'mask',
  'status',
  'boxc',
];

/** Kannel's name for the column, where it is not the column's own. */
const FIELD_KEYS: Readonly<Record<string, string>> = { boxc: 'field-boxc-id' };

function receiptGroups(file: string): readonly Group[] {
  const database = new DatabaseSync(file);
  const columns = RECEIPT_FIELDS.map((name) => `"${name}" TEXT`).join(', ');
  database.exec(`CREATE TABLE dlr (${columns}); CREATE INDEX dlr_by_id ON dlr ("smsc", "timestamp")`);
  database.close();
  const fields = RECEIPT_FIELDS.map((name) => [FIELD_KEYS[name] ?? `field-${name}`, name] as const);
  return [
    { group: 'sqlite3-connection', id: 'receipts', database: file },
    { group: 'dlr-db', id: 'receipts', table: 'dlr', ...Object.fromEntries(fields) },
  ];
}

function smscGroup({ smscPort, systemId, password, window, enquireLinkSeconds }: KannelOptions): Group {
  return {
    group: 'smsc',
    smsc: 'smpp',
    'smsc-id': 'otpost',
    host: '127.0.0.1',
    port: smscPort,
    'smsc-username': systemId,
    'smsc-password': password,
    'system-type': '""',
    'transceiver-mode': 'true',
    'msg-id-type': '0x00',
    'reconnect-delay': 1,
    'max-pending-submits': window,
    'enquire-link-interval': enquireLinkSeconds,
  };
}

/** An empty line ends a group. */
function toText(group: Group): string {
  const given = Object.entries(group).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => `${name} = ${value}\n`).join('');
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function end(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(killer);
}
