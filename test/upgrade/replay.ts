/** Asks a database what a recorded release asked, in its own words, and compares the answers. */
import assert from 'node:assert/strict';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Connection } from '../../src/store/postgres/connection.ts';
import { call, statement, type Value } from '../../src/store/postgres/statement.ts';
import { type Asked, plain, type Recording, writtenBy } from './recording.ts';

/** A session of the recorded release, which keeps its statements prepared as a node does. */
export interface ReplayedRelease extends AsyncDisposable {
  /** Rejects where the database answers with an error, or not with what it answered then. */
  play(act: 'first' | 'second'): Promise<void>;
}

interface Answer {
  readonly rows: readonly unknown[];
  readonly count: number;
}

type Ask = (text: string, asked: Asked) => Answer | Promise<Answer>;

async function playAct(recording: Recording, act: 'first' | 'second', ask: Ask): Promise<void> {
  for (const asked of recording[act]) {
    const text = recording.statements[asked.statement] ?? assert.fail('no such statement');
    const { rows, count } = await ask(text, asked);
    const found = new Set(rows.map(plain));
    // What later parts of the session have written may be there besides.
    for (const row of asked.rows)
      assert.ok(found.has(plain(row)), `${text}\nno longer answers ${plain(row)}`);
    if (asked.rows.length === 0) assert.equal(count, asked.count, text);
  }
}

export async function replayOnPostgres(recording: Recording, url: string): Promise<ReplayedRelease> {
  const connection = await Connection.open({ url, applicationName: 'otpost of old' });
  return {
    play: (act) =>
      playAct(recording, act, async (text, { values }) => {
        const [result] = await connection.run([call(statement(text), ...(values as readonly Value[]))]);
        return { rows: result?.rows ?? [], count: result?.rowCount ?? 0 };
      }),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

export function replayOnSqlite(recording: Recording, path: string): ReplayedRelease {
  const database = new DatabaseSync(path);
  const prepared = new Map<string, StatementSync>();
  return {
    play: (act) =>
      playAct(recording, act, (text, { way, values }) => {
        const known = prepared.get(text) ?? database.prepare(text);
        prepared.set(text, known);
        const parameters = values as readonly SQLInputValue[];
        if (way === 'run') return { rows: [], count: writtenBy(text, known.run(...parameters).changes) };
        const rows = way === 'all' ? known.all(...parameters) : [known.get(...parameters) ?? []].flat();
        return { rows, count: rows.length };
      }),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}
