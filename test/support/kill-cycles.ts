/**
 * A node under load, killed over and over at drawn points and started again on what it left behind. Some are killed
 * while they start. When a node is killed depends on the machine; what must hold afterwards does not.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Installation } from './installation.ts';
import type { Journal } from './journal.ts';
import { startLoad, toLetters } from './load.ts';
import { createNativeClient } from './native-client.ts';
import type { Draw } from './seeded-numbers.ts';

export interface KillCycles {
  readonly cycles: number;
  readonly journal: Journal;
  readonly draw: Draw;
}

/** Every so many nodes is killed while it starts. */
const STARTS_KILLED_EVERY = 5;
/** A start takes about a second on an idle machine. */
const START_MS_MAX = 900;
const ACKNOWLEDGED_MAX = 150;

export async function runKillCycles(
  installation: Installation,
  { cycles, journal, draw }: KillCycles,
): Promise<void> {
  const { network, secret } = installation;
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    if (cycle % STARTS_KILLED_EVERY === STARTS_KILLED_EVERY - 1) {
      const { child, ended } = installation.spawnNode();
      await wait(draw(START_MS_MAX));
      child.kill('SIGKILL');
      await ended;
      continue;
    }
    const node = await installation.startNode();
    const name = `K${toLetters(cycle)}x`;
    const load = startLoad({
      clients: [createNativeClient(node.url, secret)],
      ...{ network, journal, draw, name },
    });
    await load.acknowledged(1 + draw(ACKNOWLEDGED_MAX));
    await node.kill('SIGKILL');
    await load.stop();
  }
}
