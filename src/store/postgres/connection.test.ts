/** What one session makes of statements that go to the server together, and of values on their way there and back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createManualClock } from '../../../test/support/manual-clock.ts';
import { createTestDatabase, type TestDatabaseServer } from '../../../test/support/postgres/test-server.ts';
import { startWireProxy } from '../../../test/support/postgres/wire-proxy.ts';
import { Connection } from './connection.ts';
import { ConnectionLost, kindOf, NoAnswer } from './failure.ts';
import { call, control, statement } from './statement.ts';

const KEEP = statement('INSERT INTO kept (number) VALUES ($1)');
const HALVE = statement('SELECT 10 / $1::integer AS half');
const COUNT = statement('SELECT count(*) AS count FROM kept');
const MANY = 5_000;
const LONG = 8_000_000;
const ANSWER_TIMEOUT_MS = 30_000;

describe('a session of PostgreSQL', () => {
  let database: TestDatabaseServer;
  let connection: Connection;
  before(async () => {
    database = await createTestDatabase({ isEmpty: true });
    connection = await Connection.open({ url: database.url, applicationName: 'test' });
    await connection.runScript('CREATE TABLE kept (number integer); CREATE TABLE other (number integer)');
  });
  after(async () => {
    await connection.close();
    await database[Symbol.asyncDispose]();
  });

  it('answers every statement in its order, one asked twice too', async () => {
    const results = await connection.run([
      control('BEGIN'),
      call(KEEP, 1),
      call(COUNT),
      call(KEEP, 2),
      call(COUNT),
      control('ROLLBACK'),
    ]);
    assert.deepEqual(
      results.map(({ command, rowCount, rows }) => [command, rowCount, ...rows]),
      [
        ['BEGIN', 0],
        ['INSERT', 1],
        ['SELECT', 1, { count: 1 }],
        ['INSERT', 1],
        ['SELECT', 1, { count: 2 }],
        ['ROLLBACK', 0],
      ],
    );
  });

  it('skips what comes after a failure, which it reports, and can be asked the same again', async () => {
    const other = await Connection.open({ url: database.url, applicationName: 'test' });
    try {
      const calls = (by: number) => [call(KEEP, 3), call(HALVE, by), call(COUNT)];
      for (let times = 0; times < 2; times += 1)
        await assert.rejects(other.run(calls(0)), { code: '22012', message: 'division by zero' });
      const [, half, count] = await other.run(calls(5));
      // Without BEGIN what is sent together is one transaction.
      assert.deepEqual([half?.rows, count?.rows], [[{ half: 2 }], [{ count: 1 }]]);
    } finally {
      await other.close();
    }
  });

  it('commits nothing of a transaction in whose midst a statement fails, though COMMIT was sent with it', async () => {
    const [before] = await connection.run([call(COUNT)]);
    const calls = [control('BEGIN'), call(KEEP, 5), call(HALVE, 0), call(KEEP, 6), control('COMMIT')];
    await assert.rejects(connection.run(calls), { code: '22012' });
    await assert.rejects(connection.run([call(COUNT)]), { code: '25P02' });
    const [, after] = await connection.run([control('ROLLBACK'), call(COUNT)]);
    assert.deepEqual(after?.rows, before?.rows);
  });

  it('takes nothing that the server says in between for an answer', async () => {
    let notifications = 0;
    await connection.listen('told', () => {
      notifications += 1;
    });
    const results = await connection.run([
      control('BEGIN'),
      control(`DO $$ BEGIN RAISE NOTICE 'by the way'; END $$`),
      // Of which the server tells its client by a message of its own.
      control(`SET application_name = 'another'`),
      control('NOTIFY told'),
      call(HALVE, 1),
      control('COMMIT'),
    ]);
    assert.deepEqual(
      results.map(({ command }) => command),
      ['BEGIN', 'DO', 'SET', 'NOTIFY', 'SELECT', 'COMMIT'],
    );
    assert.deepEqual(results[4]?.rows, [{ half: 10 }]);
    await connection.run([call(COUNT)]);
    assert.equal(notifications, 1);
  });

  it('takes thousands of statements in one piece, and texts of megabytes', async () => {
    const sent = Array.from({ length: MANY }, (_, number) => call(KEEP, number));
    const results = await connection.run([control('BEGIN'), ...sent, call(COUNT), control('ROLLBACK')]);
    assert.equal(results.length, MANY + 3);
    assert.ok(Number(results.at(-2)?.rows[0]?.count) >= MANY);
    const twice = statement('SELECT $1::text || $1::text AS twice');
    const [long] = await connection.run([call(twice, 'x'.repeat(LONG))]);
    assert.equal(String(long?.rows[0]?.twice).length, 2 * LONG);
  });

  it('ends where it waits too long in a transaction, and says so to who asks before it has heard of it', async (test) => {
    const proxy = await startWireProxy(database.url);
    test.after(() => proxy[Symbol.asyncDispose]());
    const slow = await Connection.open({ url: proxy.url, applicationName: 'test' });
    await slow.run([control('BEGIN'), control(`SET LOCAL idle_in_transaction_session_timeout = '50ms'`)]);
    await proxy.holdAnswers();
    const error = await slow.run([call(COUNT)]).catch((reason: unknown) => reason);
    assert.equal(kindOf(error), 'connection-lost');
    assert.equal(slow.isBroken, true);
  });

  it('ends where the server has been silent for too long, unless it is not in a hurry', async (test) => {
    const proxy = await startWireProxy(database.url);
    test.after(() => proxy[Symbol.asyncDispose]());
    const clock = createManualClock();
    const open = (isUnhurried: boolean) =>
      Connection.open({ url: proxy.url, applicationName: 'test', isUnhurried, timers: clock.timers });
    const askUnanswered = async (asked: Connection) => {
      const seen = Promise.withResolvers<void>();
      proxy.onRequest = () => {
        proxy.onRequest = undefined;
        void proxy.holdAnswers();
        seen.resolve();
        return undefined;
      };
      const failure = asked.run([call(COUNT)]).catch((reason: unknown) => reason);
      await seen.promise;
      await clock.advance(ANSWER_TIMEOUT_MS);
      return { failure };
    };
    const hurried = await open(false);
    const { failure } = await askUnanswered(hurried);
    assert.ok((await failure) instanceof NoAnswer);
    assert.equal(hurried.isBroken, true);
    assert.equal(clock.pendingTimers(), 0);

    const patient = await open(true);
    const [settings] = await patient.run([
      call(
        statement(`SELECT current_setting('statement_timeout') AS a, current_setting('lock_timeout') AS b`),
      ),
    ]);
    assert.deepEqual(settings?.rows, [{ a: '0', b: '0' }]);
    const unanswered = await askUnanswered(patient);
    assert.equal(patient.isBroken, false);
    patient.destroy();
    assert.ok((await unanswered.failure) instanceof ConnectionLost);
  });

  it('sends nothing of what holds a value that cannot be spelled', async () => {
    const [nothing] = [] as number[];
    const before = await connection.run([call(COUNT)]);
    await assert.rejects(connection.run([call(KEEP, 4), call(KEEP, nothing as number)]), TypeError);
    const after = await connection.run([call(COUNT)]);
    assert.deepEqual(after[0]?.rows, before[0]?.rows);
  });

  it('brings values there and back', async () => {
    const texts = ['', 'NULL', 'null', '"', '\\', 'a "b\\" c', '{,}', ' ', 'ქართული 😀\n'];
    const [result] = await connection.run([
      call(
        statement(`SELECT $1::text[] AS texts, $2::bigint[] AS numbers, $3::bytea AS bytes, $4::boolean AS is_so,
          $5::text AS absent, $6::bigint AS instant, ARRAY[$7::uuid] AS ids`),
        [...texts, null],
        [1, null, 2 ** 41],
        new Uint8Array([0, 255, 92]),
        true,
        null,
        1_767_225_600_123,
        '01a1f94d-8e07-7551-955c-4cab44f669a7',
      ),
    ]);
    assert.deepEqual(result?.rows[0], {
      texts: [...texts, null],
      numbers: ['1', null, String(2 ** 41)],
      bytes: Buffer.from([0, 255, 92]),
      is_so: true,
      absent: null,
      instant: 1_767_225_600_123,
      ids: ['01a1f94d-8e07-7551-955c-4cab44f669a7'],
    });
  });
});
