/** Moving up: the embedded database of an installation that people use becomes a PostgreSQL database, and they go on. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { moveDatabase } from '../../src/app/move-database.ts';
import { databasePath } from '../../src/app/open-database.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { MoveProgress, MoveReport } from '../../src/store/move-store.ts';
import { goOnLiving, LIVED_IN_SECRET, liveIn, openInstallation } from '../support/lived-in-installation.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { makeTestFolder, removeTestFolder } from '../support/open-test-app.ts';
import { createTestDatabase, querySql, type TestDatabaseServer } from '../support/postgres/test-server.ts';
import { spawnServer } from '../support/spawn-server.ts';

/** More than two batches. */
const MANY = 2_500;
/** How much older a release may be that runs on the schema with the record of moves. */
const BESIDE = `SELECT version - beside AS version_less FROM migrations WHERE name = 'store-move'`;
/** From one cut to the next; steps are batches and tables. */
const STEPS_FURTHER = 4;

describe('otpost migrate-store', () => {
  let folder: string;
  let database: TestDatabaseServer;
  let clock: ManualClock;
  beforeEach(async () => {
    folder = makeTestFolder();
    database = await createTestDatabase();
    clock = createManualClock();
  });
  afterEach(async () => {
    removeTestFolder(folder);
    await database[Symbol.asyncDispose]();
  });

  async function run(args: readonly string[], env: Record<string, string> = {}) {
    const out: string[] = [];
    const err: string[] = [];
    const exitCode = await runCli(args, {
      env: { OTPOST_DATA: folder, OTPOST_PORT: '0', OTPOST_SECRET: LIVED_IN_SECRET, ...env },
      out: (text) => out.push(text),
      err: (text) => err.push(text),
    });
    return { exitCode, out: out.join(''), err: err.join(''), json: () => JSON.parse(out.join('')) };
  }
  const migrate = (...args: readonly string[]) => run(['migrate-store', '--to', database.url, ...args]);
  const move = (onProgress: (progress: MoveProgress) => void | Promise<void>) =>
    moveDatabase({ dataFolder: folder }, { url: database.url, clock: clock.now, isAhead: false, onProgress });
  /** Undefined where it was cut short, which is before the change-over. */
  const moveCutAfter = (steps: number): Promise<MoveReport | undefined> => {
    let left = steps;
    const cut = ({ step }: MoveProgress) => {
      left -= 1;
      if (left < 0 && step !== 'marked') throw new Error('cut short');
    };
    return move(cut).catch((error: Error) => {
      assert.equal(error.message, 'cut short');
      return undefined;
    });
  };
  const change = (sql: string) => {
    const file = new DatabaseSync(databasePath({ dataFolder: folder }));
    file.exec(sql);
    file.close();
  };
  /** Opening it as a server would is refused in one line that says this. */
  async function assertClosed(words: RegExp, databaseUrl?: string): Promise<void> {
    await assert.rejects(openInstallation(folder, clock, databaseUrl), (error: Error) => {
      assert.equal(error.name, 'StoreError');
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }

  it('carries every row over, and everybody goes on where they were', async () => {
    const livedIn = await liveIn(folder, clock);
    const { exitCode, json, err } = await migrate('--json');
    assert.deepEqual([exitCode, err], [0, '']);
    const report: MoveReport & { source: string; target: string } = json();
    assert.equal(report.outcome, 'moved');
    assert.ok(!JSON.stringify(report).includes(new URL(database.url).password), 'a password is shown');
    for (const { table, rows, written, isEqual, checksum } of report.tables) {
      assert.ok(rows > 0, `${table}: this test moves no row of it`);
      assert.deepEqual([isEqual, checksum.length], [true, 64], table);
      const known = table === 'webhook_generation' ? rows : written;
      assert.equal(known, rows, table);
      const [counted] = await querySql(database.url, `SELECT count(*)::integer AS rows FROM ${table}`);
      assert.equal(counted?.rows, rows, table);
    }
    // What is made of the rows: by it starts find what is pending, and the sweep what has run out.
    const columns = 'recipient_id, tenant_id, expires_at_ms, purpose';
    const ofRows = `SELECT id, ${columns} FROM verifications WHERE state = 'pending' ORDER BY id`;
    const ofLive = `SELECT verification_id AS id, ${columns} FROM live_verifications ORDER BY verification_id`;
    const pending = await querySql(database.url, ofRows);
    assert.ok(pending.length > 0, 'this test moves no pending verification');
    assert.deepEqual(await querySql(database.url, ofLive), pending);
    const opened = await openInstallation(folder, clock, database.url);
    try {
      await goOnLiving(opened, livedIn, clock);
    } finally {
      await opened.app[Symbol.asyncDispose]();
    }
  });

  it('takes the embedded database out of use, and says where it went', async () => {
    await liveIn(folder, clock);
    const moved = await migrate();
    assert.equal(moved.exitCode, 0);
    assert.match(moved.out, /^table +rows +written.+\ntenants +1 +1 .+ equal\n/);
    assert.match(moved.out, /every row equal; set OTPOST_DATABASE_URL to it, and start\n$/);
    const { host, pathname, password } = new URL(database.url);
    await assertClosed(new RegExp(`was moved to postgres://${host}${pathname} at .+OTPOST_DATABASE_URL`));
    for (const args of [['tenant', 'list'], ['migrate'], ['backup', join(folder, 'copy.db')]]) {
      const refused = await run(args);
      assert.equal(refused.exitCode, 2, args.join(' '));
      assert.match(refused.err, /^otpost: .+ was moved to [^\n]+\n$/);
      assert.ok(!refused.err.includes(password));
    }
    assert.equal((await run(['tenant', 'list'], { OTPOST_DATABASE_URL: database.url })).exitCode, 0);
    const again = await migrate();
    assert.deepEqual([again.exitCode, again.out.includes('before; nothing was done')], [0, true]);
    const elsewhere = await run(['migrate-store', '--to', 'postgres://127.0.0.1:1/elsewhere']);
    assert.equal(elsewhere.exitCode, 2);
  });

  it('goes on when it is run again, wherever it was cut short and whatever has changed since', async () => {
    const livedIn = await liveIn(folder, clock);
    change(`INSERT INTO events (id, tenant_id, type, at_ms, data)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})
      SELECT printf('01900000-0000-7000-8000-%012d', i), '${livedIn.principal.tenant.id}', 'message.delivered', i, '{}'
      FROM n`);
    let report: MoveReport | undefined;
    let cuts = 0;
    for (let after = 0; !report; after += STEPS_FURTHER) {
      report = await moveCutAfter(after);
      if (report) break;
      cuts += 1;
      await assertClosed(/a move into it is not finished: run `otpost migrate-store` again/, database.url);
      // Nobody has to go on with it: the embedded database is whole, and serves meanwhile.
      await (await openInstallation(folder, clock)).app[Symbol.asyncDispose]();
      change(`UPDATE events SET data = '{"cut":${cuts}}' WHERE at_ms % 7 = ${cuts % 7} AND at_ms <= ${MANY};
        DELETE FROM events WHERE at_ms = ${(cuts * 31) % MANY};
        UPDATE templates SET updated_at_ms = updated_at_ms + 1;
        INSERT INTO counters (key, count, started_at_ms, ends_at_ms)
        VALUES ('of cut ${cuts}', 1, 0, 9000000000000), ('ö 🙂 ﬀ ${cuts}', 1, 0, 9000000000000);
        DELETE FROM counters WHERE key = 'of cut ${cuts - 1}'`);
    }
    assert.ok(cuts > 5, `${cuts} cuts`);
    assert.ok(report.tables.every(({ isEqual }) => isEqual));
    const opened = await openInstallation(folder, clock, database.url);
    try {
      await goOnLiving(opened, livedIn, clock);
    } finally {
      await opened.app[Symbol.asyncDispose]();
    }
  });

  it('leaves neither database open to anybody when it is cut short in the midst of the change-over', async () => {
    const livedIn = await liveIn(folder, clock);
    const cut = (progress: MoveProgress) => {
      if (progress.step === 'marked') throw new Error('cut short');
    };
    await assert.rejects(move(cut), /cut short/);
    await assertClosed(/was moved to/);
    await assertClosed(/is not finished/, database.url);
    // Nor to the release before, which knows nothing of moves but looks at what it can run beside.
    const [shutOut] = await querySql(database.url, BESIDE.replace('FROM ', 'FROM otpost_'));
    const file = new DatabaseSync(databasePath({ dataFolder: folder }));
    assert.deepEqual([file.prepare(BESIDE).get()?.version_less, shutOut?.version_less], [0, 0]);
    file.close();
    assert.equal((await migrate('--json')).json().outcome, 'moved');
    const [letIn] = await querySql(database.url, BESIDE.replace('FROM ', 'FROM otpost_'));
    assert.equal(letIn?.version_less, 1);
    const opened = await openInstallation(folder, clock, database.url);
    try {
      await goOnLiving(opened, livedIn, clock);
    } finally {
      await opened.app[Symbol.asyncDispose]();
    }
  });

  it('waits for nobody: a server in another process keeps it out, and one that was killed does not', async () => {
    await liveIn(folder, clock);
    const env = { OTPOST_DATA: folder, OTPOST_PORT: '0', OTPOST_SECRET: LIVED_IN_SECRET, OTPOST_ROLE: 'api' };
    const server = spawnServer(env);
    try {
      await server.printed('"started"');
      const refused = await migrate();
      assert.equal(refused.exitCode, 2);
      assert.match(refused.err, /is in use: stop the server/);
    } finally {
      server.child.kill('SIGKILL');
      await server.ended;
    }
    assert.equal((await migrate()).exitCode, 0);
    const late = spawnServer(env);
    assert.equal((await late.ended).code, 2);
    assert.match(late.output.err, /^otpost: [^\n]+ was moved to [^\n]+\n$/);
  });

  it('copies ahead while the server goes on, so that the move itself has little to do', async () => {
    const livedIn = await liveIn(folder, clock);
    const { app } = await openInstallation(folder, clock);
    try {
      const refused = await migrate();
      assert.equal(refused.exitCode, 2);
      assert.match(refused.err, /^otpost: .+: is in use: stop the server[^\n]+\n$/);
      assert.equal((await migrate('--ahead', '--json')).json().outcome, 'ahead');
      await app.parts.engine.saveTemplate(livedIn.principal, {
        name: 'newer',
        bodies: { en: '{{code}}' },
        defaultLocale: 'en',
        isDefault: false,
      });
    } finally {
      await app[Symbol.asyncDispose]();
    }
    await assertClosed(/is not finished/, database.url);
    const { tables }: MoveReport = (await migrate('--json')).json();
    const written = tables.filter((table) => table.written + table.removed > 0);
    assert.deepEqual(
      written.map((table) => [table.table, table.written]),
      [['templates', 1]],
    );
  });

  it('finds one value that is not what was written, changes nothing over, and puts it right the next time', async () => {
    await liveIn(folder, clock);
    const corrupt = async ({ step, table }: Extract<MoveProgress, { table: string }>) => {
      if (step === 'copying' && table === 'ledger')
        await querySql(database.url, 'UPDATE ledger SET at_ms = at_ms + 1');
    };
    const report = await move((progress) => (progress.step === 'marked' ? undefined : corrupt(progress)));
    assert.equal(report.outcome, 'unequal');
    const unequal = report.tables.filter(({ isEqual }) => !isEqual);
    assert.deepEqual(
      unequal.map(({ table }) => table),
      ['ledger'],
    );
    await (await openInstallation(folder, clock)).app[Symbol.asyncDispose]();
    await assertClosed(/is not finished/, database.url);
    assert.equal((await migrate()).exitCode, 0);
  });

  it('ends with 1 where the target makes something else of a row', async () => {
    await liveIn(folder, clock);
    await querySql(
      database.url,
      `CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
       CREATE TRIGGER meddle BEFORE INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION meddle()`,
    );
    const { exitCode, out } = await migrate();
    assert.equal(exitCode, 1);
    assert.match(out, /tenants .+ NOT EQUAL\n/);
    assert.match(out, /NOT EQUAL, so nothing was changed over/);
  });

  it('refuses a target that holds the data of another installation, and leaves it alone', async () => {
    await liveIn(folder, clock);
    const other = makeTestFolder();
    try {
      await (await openInstallation(other, clock, database.url)).app[Symbol.asyncDispose]();
      const { exitCode, err } = await migrate();
      assert.equal(exitCode, 2);
      assert.match(err, /^otpost: [^\n]+: holds data of another installation: name an empty database\n$/);
      await (await openInstallation(other, clock, database.url)).app[Symbol.asyncDispose]();
      await (await openInstallation(folder, clock)).app[Symbol.asyncDispose]();
    } finally {
      removeTestFolder(other);
    }
  });

  it('refuses a target into which another database is being moved, or has been', async () => {
    const other = makeTestFolder();
    try {
      await liveIn(other, clock);
      await liveIn(folder, clock);
      const ofOther = (isAhead: boolean) =>
        moveDatabase({ dataFolder: other }, { url: database.url, clock: clock.now, isAhead });
      await ofOther(true);
      assert.match((await migrate()).err, /a move from another database into it is not finished/);
      await move(() => assert.fail('nothing is copied')).catch((error: Error) =>
        assert.equal(error.name, 'StoreError'),
      );
      await ofOther(false);
      assert.match((await migrate()).err, /holds data of another installation/);
    } finally {
      removeTestFolder(other);
    }
  });

  it('keeps a second move out of a target while one is under way', async () => {
    await liveIn(folder, clock);
    const other = makeTestFolder();
    try {
      await liveIn(other, clock);
      const second = { url: database.url, clock: clock.now, isAhead: true };
      const refused: string[] = [];
      const { outcome } = await move(async ({ step }) => {
        if (step === 'marked' || refused.length > 0) return;
        await assert.rejects(moveDatabase({ dataFolder: other }, second), (error: Error) => {
          refused.push(error.message);
          return error.name === 'StoreError';
        });
      });
      assert.equal(outcome, 'moved');
      assert.match(refused[0] ?? '', /another move into it is under way/);
    } finally {
      removeTestFolder(other);
    }
  });

  it('says in one line what is wrong with its target, and ends with 2', async () => {
    await liveIn(folder, clock);
    const { host } = new URL(database.url);
    const faults: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /--to: must be given where OTPOST_DATABASE_URL is not set/],
      [['--to', 'mysql://db.example/otpost'], /--to: must be a postgres:\/\/ URL/],
      [['--to', 'postgres://otpost:hunter2@127.0.0.1:1/otpost'], /127\.0\.0\.1:1\/otpost: cannot be reached/],
      [
        ['--to', database.url.replace(/[^/]+$/, 'not_there')],
        new RegExp(`${host}/not_there: .+does not exist`),
      ],
    ];
    for (const [args, words] of faults) {
      const { exitCode, err } = await run(['migrate-store', ...args]);
      assert.equal(exitCode, 2, err);
      assert.match(err, words);
      assert.match(err, /^otpost: [^\n]+\n$/);
      assert.doesNotMatch(err, /hunter2/);
    }
    await querySql(database.url, `INSERT INTO otpost_migrations VALUES (999, 'of-tomorrow', 'x', 0)`);
    const newer = await migrate();
    assert.equal(newer.exitCode, 2);
    assert.match(newer.err, /the database has schema 999/);
    removeTestFolder(folder);
    assert.match((await migrate()).err, /there is no database to move/);
  });
});
