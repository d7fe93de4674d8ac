/** What was measured in turns, by the name of what was measured. */
import { runPgbench } from './pgbench.ts';
import type { BenchServer } from './postgres-server.ts';

/** What one turn measured. */
export interface Turn {
  readonly perSecond: number;
  readonly nodeMs?: number;
  readonly serverMs?: number | undefined;
}

export type Turns = Map<string, Turn[]>;

const PGBENCH_SECONDS = 3;

export async function turnOfPgbench(
  server: BenchServer,
  url: string,
  sessions: number,
  accepts = false,
): Promise<Turn> {
  const before = server.cpuMs();
  const { pairs, perSecond } = await runPgbench({ url, sessions, seconds: PGBENCH_SECONDS, accepts });
  return { perSecond, serverMs: since(server, before, pairs) };
}

export function add<Value>(lists: Map<string, Value[]>, name: string, value: Value): void {
  const list = lists.get(name);
  if (list) list.push(value);
  else lists.set(name, [value]);
}

export const perSecondOf = (turns: Turns, name: string): readonly number[] =>
  (turns.get(name) ?? []).map(({ perSecond }) => perSecond);

export const partsOf = (turns: Turns, name: string, part: 'nodeMs' | 'serverMs'): readonly number[] =>
  (turns.get(name) ?? []).flatMap((turn) => turn[part] ?? []);

/** Processor time of the server for each pair. */
export function since(server: BenchServer, before: number | undefined, pairs: number): number | undefined {
  const now = server.cpuMs();
  return before === undefined || now === undefined ? undefined : (now - before) / pairs;
}
