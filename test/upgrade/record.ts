/**
 * Records what this release asks of its databases. Run once before a migration is added, with the schema as it was:
 * `node test/upgrade/record.ts`. It writes a file for each store and changes nothing else.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '../../src/engine/ports.ts';
import { Connection } from '../../src/store/postgres/connection.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { createTestDatabase } from '../support/postgres/test-server.ts';
import {
  type Asked,
  type Recording,
  type StoreKind,
  saveRecording,
  type Way,
  writtenBy,
} from './recording.ts';
import { PART_NAMES, type PartName, playFirstAct, playSecondAct } from './session.ts';

const clock = () => 1_767_225_600_000;
/** Hints, which come at any moment and change nothing. */
const HINT = /pg_notify|^LISTEN/i;

class Recorder {
  readonly #statements: string[] = [];
  /** Undefined: nothing is kept. */
  #act: Asked[] | undefined;

  note(text: string, asked: Omit<Asked, 'statement'>): void {
    if (!this.#act || HINT.test(text)) return;
    const known = this.#statements.indexOf(text);
    const statement = known < 0 ? this.#statements.push(text) - 1 : known;
    this.#act.push({ statement, ...asked });
  }

  async play(store: Store, schema: number): Promise<Recording> {
    const [first, second]: [Asked[], Asked[]] = [[], []];
    this.#act = first;
    const parts: PartName[] = [];
    for (const part of PART_NAMES) {
      const before = first.length;
      await playFirstAct(store, [part]);
      if (first.length > before) parts.push(part);
    }
    this.#act = second;
    await playSecondAct(store);
    this.#act = undefined;
    return { schema, parts, statements: this.#statements, first, second };
  }
}

function schemaOf(kind: StoreKind): number {
  return readdirSync(join(import.meta.dirname, `../../src/store/${kind}/migrations`)).length;
}

async function recordPostgres(): Promise<Recording> {
  const recorder = new Recorder();
  const { run } = Connection.prototype;
  Connection.prototype.run = async function (this: Connection, calls) {
    const results = await run.call(this, calls);
    for (const [index, { statement, values }] of calls.entries()) {
      const { rows = [], rowCount } = results[index] ?? {};
      recorder.note(statement.text, { way: 'all', values, rows, count: rowCount ?? 0 });
    }
    return results;
  };
  const database = await createTestDatabase();
  const store = await openPostgresStore({ url: database.url, clock });
  const recording = await recorder.play(store, schemaOf('postgres'));
  await store[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  return recording;
}

async function recordSqlite(): Promise<Recording> {
  const recorder = new Recorder();
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql) {
    const statement = prepare.call(this, sql);
    const ask = (way: Way, values: readonly unknown[]) => {
      const answer = Reflect.apply(statement[way], statement, values);
      const rows = way === 'run' || answer === undefined ? [] : [answer].flat();
      const count = way === 'run' ? writtenBy(sql, answer.changes) : rows.length;
      recorder.note(sql, { way, values, rows, count });
      return answer;
    };
    return new Proxy(statement, {
      get: (target, name) =>
        name === 'get' || name === 'all' || name === 'run'
          ? (...values: readonly unknown[]) => ask(name, values)
          : Reflect.get(target, name, target),
    });
  };
  const folder = mkdtempSync(join(tmpdir(), 'otpost-record-'));
  const store = await openSqliteStore({ path: join(folder, 'otpost.db'), clock });
  const recording = await recorder.play(store, schemaOf('sqlite'));
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
  return recording;
}

process.stdout.write(`${saveRecording('postgres', await recordPostgres())}\n`);
process.stdout.write(`${saveRecording('sqlite', await recordSqlite())}\n`);
