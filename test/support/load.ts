/**
 * Clients that use an installation at once, each as its own back end would, and write down what they are told. What is
 * asked is drawn from a seed; which answers come is the servers' business.
 */

import assert from 'node:assert/strict';
import { TOTP, URI } from 'otpauth';
import { wrongCode } from './engine-harness.ts';
import type { Journal, KeyedStart } from './journal.ts';
import type { NativeClient } from './native-client.ts';
import type { NetworkStub } from './network-stub.ts';
import type { Draw } from './seeded-numbers.ts';

export interface LoadOptions {
  /** The nodes; a client whose node does not answer turns to the next. */
  readonly clients: readonly NativeClient[];
  readonly network: NetworkStub;
  readonly journal: Journal;
  readonly draw: Draw;
  /** Named by some of the calls. */
  readonly webhook?: string;
  /** Keeps apart the keys, brands and purposes of loads on one installation. Letters only. */
  readonly name: string;
  readonly workers?: number;
}

export interface Load {
  /** Resolves once so many more answers that must last have come, or the load has been stopped. */
  acknowledged(count: number): Promise<void>;
  /** Resolves when every client has had its last answer, or knows that it gets none. */
  stop(): Promise<void>;
}

const WORKERS = 8;
/** Every so many starts name a webhook of their own. */
const HEARD_EVERY = 5;
/** In the ranges kept for fiction, so that they are nobody's. */
const AREAS = ['201', '212', '303', '312', '404', '415', '503', '512', '617', '702', '808', '907'];

interface LoadState extends LoadOptions {
  readonly stopping: AbortSignal;
  readonly stopped: Promise<undefined>;
  readonly notify: () => void;
  sessions: number;
}

export function startLoad(options: LoadOptions): Load {
  const { journal, workers = WORKERS } = options;
  const stopping = new AbortController();
  const watchers = new Set<() => void>();
  const notify = () => {
    for (const look of watchers) look();
  };
  const stopped = new Promise<undefined>((resolve) =>
    stopping.signal.addEventListener('abort', () => resolve(undefined)),
  );
  const state: LoadState = { ...options, stopping: stopping.signal, stopped, notify, sessions: 0 };
  const running = Promise.all(Array.from({ length: workers }, (_, index) => work(state, index)));
  return {
    acknowledged(count) {
      const goal = journal.acknowledged + count;
      return new Promise((resolve) => {
        const look = () => {
          if (journal.acknowledged < goal && !stopping.signal.aborted) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      });
    },
    async stop() {
      stopping.abort();
      notify();
      await running;
    },
  };
}

async function work(state: LoadState, worker: number): Promise<void> {
  const { clients, stopping, notify, journal } = state;
  let turn = worker;
  while (!stopping.aborted) {
    const client = clients[turn % clients.length];
    if (!client) return;
    const again = journal.unanswered.shift();
    try {
      await (again ? repeatStart(state, client, again) : session(state, client));
    } catch (error) {
      if (!isConnectionFault(error)) throw error;
      if (again) journal.unanswered.push(again);
      turn += 1;
    }
    notify();
  }
}

/** No answer: the request may have been carried out, or not. */
function isConnectionFault(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');
}

/** However often a start is repeated under its key, it is one. */
async function repeatStart({ journal }: LoadState, client: NativeClient, start: KeyedStart): Promise<void> {
  const replies = await Promise.allSettled([
    client.start(start.body, start.key),
    client.start(start.body, start.key),
  ]);
  for (const reply of replies) if (reply.status === 'fulfilled') journal.started(start, reply.value);
  if (replies.some((reply) => reply.status === 'fulfilled' && reply.value.status >= 500)) {
    journal.unanswered.push(start);
  }
  const failed = replies.find((reply) => reply.status === 'rejected');
  if (failed) throw failed.reason;
}

async function session(state: LoadState, client: NativeClient): Promise<void> {
  const { journal, draw, network } = state;
  const kind = draw(11);
  if (kind === 0) return readEarlier(state, client);
  if (kind === 10) return useDevice(state, client);
  const to = `+1${AREAS[draw(AREAS.length)]}55501${String(draw(100)).padStart(2, '0')}`;
  if (kind === 1) return journal.texted(await client.text({ to, body: 'Your parcel is here.' }));
  const start = nextStart(state, to);
  const reply = await client.start(start.body, start.key).catch((error: unknown) => {
    journal.unanswered.push(start);
    throw error;
  });
  // A fault of the server: it may have been done all the same.
  if (reply.status >= 500) journal.unanswered.push(start);
  const id = journal.started(start, reply);
  state.notify();
  if (id === undefined) return;
  if (kind === 2) return journal.canceled(id, await client.cancel(id));
  if (kind === 3) return;
  const code = await Promise.race([network.codeFor(start.body.brand), state.stopped]);
  if (code === undefined) return;
  const wrong = wrongCode(code);
  const check = async (typed: string) => {
    journal.checked(id, await client.check(id, typed));
    state.notify();
  };
  if (kind === 4) await together(Array.from({ length: 8 }, () => check(wrong)));
  else if (kind === 5) await together([wrong, code, wrong, code, wrong].map(check));
  else {
    for (let count = draw(3); count > 0; count -= 1) await check(wrong);
    await together([check(code), check(code)]);
  }
}

/** A person enrols an app, and its codes are typed several times at once, at all nodes. */
async function useDevice(state: LoadState, client: NativeClient): Promise<void> {
  const { journal, clients } = state;
  state.sessions += 1;
  const subject = `${state.name}${toLetters(state.sessions)}`;
  const enrollment = await client.enroll(subject);
  const device = journal.enrolled(subject, enrollment);
  if (!device) return;
  const app = URI.parse(String(enrollment.body.uri));
  assert(app instanceof TOTP);
  const now = app.counter();
  const codeOf = (step: number) => app.generate({ timestamp: step * app.period * 1000 });
  const answer = await client.activate(subject, device.id, codeOf(now - 1));
  journal.deviceChecked(device, now - 1, answer);
  if (answer.status === 200 && answer.body.outcome === 'approved') device.isActivated = true;
  for (const step of [now - 1, now]) {
    const checks = [...clients, ...clients].map(async (node) =>
      journal.deviceChecked(device, step, await node.checkDevice(subject, device.id, codeOf(step))),
    );
    await together(checks);
  }
}

/** Every answer is written down before the first failure is told. */
async function together(checks: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(checks);
  await Promise.all(checks);
}

function nextStart(state: LoadState, to: string): KeyedStart {
  state.sessions += 1;
  const name = `${state.name}${toLetters(state.sessions)}`;
  const { webhook } = state;
  const isHeard = webhook !== undefined && state.sessions % HEARD_EVERY === 0;
  return { key: `key-${name}`, body: { to, brand: name, purpose: name, ...(isHeard && { webhook }) } };
}

async function readEarlier({ journal, draw }: LoadState, client: NativeClient): Promise<void> {
  const settled = [...journal.verifications.values()].filter(({ end }) => end !== undefined);
  const one = settled[draw(Math.max(1, settled.length))];
  if (one) journal.read(one.id, await client.read(one.id));
}

/** A brand may hold few digits, so numbers are written in letters. */
export function toLetters(value: number): string {
  return [...value.toString(26)]
    .map((digit) => 'abcdefghijklmnopqrstuvwxyz'[Number.parseInt(digit, 26)])
    .join('');
}
