/**
 * Keeps one PostgreSQL for all test files of a run, whichever process asks first. It is a process of its own: it says
 * where the server is to everyone who connects to its socket, and stops the server once nobody has been there for a
 * few seconds. Durability is off: nothing here outlives the tests.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './start-server.ts';

const IDLE_MS = 5_000;
const SETTINGS = [
  'fsync=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_connections=300',
  'shared_buffers=64MB',
];

async function main(socketPath: string): Promise<void> {
  const server = await listenOn(socketPath);
  const folder = mkdtempSync(join(tmpdir(), 'otpost-test-postgres-'));
  let child: ChildProcess | undefined;
  const visitors = new Set<unknown>();
  const isLeft = new AbortController();
  let leaving: NodeJS.Timeout | undefined;
  const starting = startServer(folder, SETTINGS, (started) => {
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

await main(process.argv[2] ?? '');
