/**
 * Keeps one PostgreSQL for all test files of a run, whichever process asks first. It is a process of its own: it says
 * where the server is to everyone who connects to its socket, and stops the server once nobody has been there for a
 * few seconds. Durability is off: nothing here outlives the tests.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { findServerBinaries, runAs } from './server-binaries.ts';

const IDLE_MS = 5_000;
const START_TRIES_MAX = 600;
const SETTINGS = [
  'fsync=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_connections=300',
  'shared_buffers=64MB',
  'unix_socket_directories=',
  'listen_addresses=127.0.0.1',
];

async function main(socketPath: string): Promise<void> {
  const server = await listenOn(socketPath);
  const folder = mkdtempSync(join(tmpdir(), 'otpost-test-postgres-'));
  let child: ChildProcess | undefined;
  const visitors = new Set<unknown>();
  const isLeft = new AbortController();
  let leaving: NodeJS.Timeout | undefined;
  const starting = startServer(folder, (started) => {
    child = started;
  });
  const leaveSoon = () => {
    clearTimeout(leaving);
    if (visitors.size === 0) leaving = setTimeout(() => isLeft.abort(), IDLE_MS);
  };
  server.on('connection', (socket) => {
    visitors.add(socket);
    clearTimeout(leaving);
    socket.on('error', () => {});
    socket.on('close', () => {
      visitors.delete(socket);
      leaveSoon();
    });
    starting.then(
      (url) => socket.write(`${JSON.stringify({ url })}\n`),
      (error: unknown) => socket.end(`${JSON.stringify({ failure: String(error) })}\n`),
    );
  });
  leaveSoon();
  starting.catch(() => isLeft.abort());
  if (!isLeft.signal.aborted) await once(isLeft.signal, 'abort');
  server.close();
  child?.kill('SIGQUIT');
  if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  rmSync(folder, { recursive: true, force: true });
}

/** Ends the process where another one keeps the server already. */
async function listenOn(socketPath: string): Promise<Server> {
  for (;;) {
    const server = createServer();
    try {
      server.listen(socketPath);
      await once(server, 'listening');
      return server;
    } catch {
      const probe = connect(socketPath);
      const isAnswered = await once(probe, 'connect').then(
        () => true,
        () => false,
      );
      probe.destroy();
      if (isAnswered) process.exit(0);
      rmSync(socketPath, { force: true });
    }
  }
}

async function startServer(folder: string, onStart: (child: ChildProcess) => void): Promise<string> {
  const owner = runAs().runAs;
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const binaries = findServerBinaries(folder);
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  chmodSync(passwordFile, 0o644);
  const data = join(folder, 'data');
  const options = { ...binaries.runAs, cwd: folder };
  execFileSync(
    binaries.initdb,
    [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'password',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--no-locale',
      '--no-sync',
    ],
    { ...options, stdio: 'pipe' },
  );
  const port = await freePort();
  const log = openSync(join(folder, 'log'), 'w');
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const child = spawn(binaries.postgres, ['-D', data, '-p', String(port), ...settings], {
    ...options,
    stdio: ['ignore', log, log],
  });
  onStart(child);
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  for (let tries = 0; tries < START_TRIES_MAX; tries += 1) {
    if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}; see ${folder}/log`);
    if (await answers(url)) return url;
    await sleep(25);
  }
  throw new Error('postgres did not start');
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  const isUp = await client.connect().then(
    () => true,
    () => false,
  );
  await client.end().catch(() => {});
  return isUp;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

await main(process.argv[2] ?? '');
