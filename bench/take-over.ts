/**
 * How long messages wait whose node is killed: several nodes on one PostgreSQL hold messages that their carrier does not
 * answer, and are killed one after the other; the one that is left sends what they held once their leases have ended.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_MS } from '../src/engine/dispatch-messages.ts';
import { HttpClient, headOf } from './http-client.ts';
import { NODE_SECRET } from './postgres-http.ts';
import { onDatabase, onServer } from './postgres-server.ts';
import { type Served, serve } from './processes.ts';
import { printTable, round, spread } from './statistics.ts';
import type { Dispatched } from './take-over-server.ts';

/** Killed so long after each other. */
const VICTIMS = 5;
const APART_MS = 700;
/** More than a carrier is given at a time, so that some are under way and some wait. */
const MESSAGES = 100;
const GOAL_MS = LEASE_MS + 1_000;
/** Whoever has not been sent by then is reported as missing. */
const PATIENCE_MS = LEASE_MS + 30_000;

interface Death {
  readonly messageIds: readonly string[];
  readonly killedAtMs: number;
}

export async function benchTakeOver(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  const nodes: Served[] = [];
  const dispatched = new Map<string, number>();
  const deaths: Death[] = [];
  try {
    await onServer((server) =>
      onDatabase(server.url, 'otpost_bench_take_over', async (url) => {
        const env = { OTPOST_DATABASE_URL: url, OTPOST_SECRET: NODE_SECRET };
        const start = async (answer: 'accepts' | 'hangs') => {
          const node = await serve('take-over-server.ts', [join(folder, String(nodes.length)), answer], env);
          nodes.push(node);
          return node;
        };
        const survivor = await start('accepts');
        survivor.process.on('message', ({ messageId, atMs }: Dispatched) => dispatched.set(messageId, atMs));
        const victims: Served[] = [];
        while (victims.length < VICTIMS) victims.push(await start('hangs'));
        for (const victim of victims) {
          deaths.push(await holdAndDie(victim));
          await sleep(APART_MS);
        }
        const wanted = deaths.flatMap(({ messageIds }) => messageIds);
        for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += 100) {
          if (wanted.every((id) => dispatched.has(id))) break;
          await sleep(100);
        }
        for (const node of nodes) await node[Symbol.asyncDispose]();
      }),
    );
  } finally {
    for (const { process: child } of nodes) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
  print(deaths, dispatched);
}

async function holdAndDie({ process: child, port, credentials }: Served): Promise<Death> {
  const client = await HttpClient.open(port);
  const head = headOf('/otp/v1/messages', port, {
    'content-type': 'application/json',
    authorization: `Bearer ${credentials.secret}`,
  });
  const messageIds: string[] = [];
  for (let number = 0; number < MESSAGES; number += 1) {
    const answer = await client.post(head, `{"to":"+1415555${1000 + number}","body":"Hello"}`);
    if (answer.status !== 201) throw new Error(`a message was refused: ${answer.body}`);
    messageIds.push(String((JSON.parse(answer.body) as { id: string }).id));
  }
  client.close();
  const gone = once(child, 'exit');
  const killedAtMs = Date.now();
  child.kill('SIGKILL');
  await gone;
  return { messageIds, killedAtMs };
}

/** When the lease ended that a message was written with: ids are UUIDs of version 7, which begin with their instant. */
function leaseEndOf(messageId: string): number {
  return Number.parseInt(messageId.slice(0, 8) + messageId.slice(9, 13), 16) + LEASE_MS;
}

function print(deaths: readonly Death[], dispatched: ReadonlyMap<string, number>): void {
  const rows = deaths.map(({ messageIds, killedAtMs }) => {
    const sent = messageIds.flatMap((id) => dispatched.get(id) ?? []);
    const late = messageIds.flatMap((id) => {
      const atMs = dispatched.get(id);
      return atMs === undefined ? [] : (atMs - leaseEndOf(id)) / 1000;
    });
    return { last: (Math.max(...sent) - killedAtMs) / 1000, late, missing: messageIds.length - sent.length };
  });
  const [lease, goal] = [LEASE_MS / 1000, GOAL_MS / 1000];
  printTable(`a node dies with ${MESSAGES} messages, ${VICTIMS} times; a lease is ${lease} s`, [
    ['from the kill until', `median (least–most), goal ≤ ${goal} s`],
    [
      'the last of them was sent by the other',
      `${spread(
        rows.map(({ last }) => last),
        2,
      )} s`,
    ],
    [
      'from the end of a lease until its message was sent',
      `${spread(
        rows.flatMap(({ late }) => late),
        2,
      )} s`,
    ],
    [
      'not sent',
      round(
        rows.reduce((all, { missing }) => all + missing, 0),
        0,
      ),
    ],
  ]);
}
