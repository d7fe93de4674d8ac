/** What one session makes of statements that go to the server together, and of values on their way there and back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabaseServer } from '../../../test/support/postgres/test-server.ts';
import { Connection } from './connection.ts';
import { call, control, statement } from './statement.ts';

const KEEP = statement('INSERT INTO kept (number) VALUES ($1)');
const HALVE = statement('SELECT 10 / $1::integer AS half');
const COUNT = statement('SELECT count(*) AS count FROM kept');

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
