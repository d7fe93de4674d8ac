import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { databasePath, openDatabase } from '../../src/app/open-database.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { systemClock, systemTimers } from '../../src/lib/time.ts';
import { makeTestFolder, openTestApp, removeTestFolder } from '../support/open-test-app.ts';

const NUMBER = '+14155550123';
const ACME = ['tenant', 'create', '--name', 'Acme', '--email', 'ops@acme.example'];

describe('the command line', () => {
  let folder: string;
  beforeEach(() => {
    folder = makeTestFolder();
  });
  afterEach(() => removeTestFolder(folder));

  async function run(args: readonly string[], env: Record<string, string> = {}) {
    const out: string[] = [];
    const err: string[] = [];
    const exitCode = await runCli(args, {
      env: { OTPOST_DATA: folder, OTPOST_PORT: '0', OTPOST_CONFIG: undefined, ...env },
      out: (text) => out.push(text),
      err: (text) => err.push(text),
    });
    return { exitCode, out: out.join(''), err: err.join(''), json: () => JSON.parse(out.join('')) };
  }

  it('prints a new tenant as exactly what the design says', async () => {
    const { exitCode, json } = await run([...ACME, '--default-country', 'GE', '--json']);
    const { tenant, key } = json();
    assert.equal(exitCode, 0);
    assert.deepEqual(Object.keys(json()), ['tenant', 'key']);
    assert.deepEqual(Object.keys(tenant), ['id', 'name', 'email']);
    assert.deepEqual(Object.keys(key), ['id', 'secret', 'mode', 'scopes']);
    assert.match(key.secret, /^otpost_live_[0-9a-f]{48}$/);
    assert.deepEqual([key.mode, key.scopes], ['live', ['verify', 'messages', 'manage']]);
    const { tenants } = (await run(['tenant', 'list', '--json'])).json();
    assert.deepEqual([tenants[0].id, tenants[0].defaultCountry], [tenant.id, 'GE']);
  });

  it('stores, lists and deletes templates', async () => {
    await run(ACME);
    const file = join(folder, 'de.txt');
    writeFileSync(file, '{{code}} ist Ihr Code.\n');
    const bodies = ['--body', 'en={{code}} = yours', '--body', `de=@${file}`];
    const set = await run(['template', 'set', 'login', ...bodies, '--default', '--json']);
    assert.deepEqual(set.json(), { template: { name: 'login', languages: ['en', 'de'], isDefault: true } });
    const { templates } = (await run(['template', 'list', '--json'])).json();
    assert.deepEqual(templates, [
      {
        name: 'login',
        bodies: { en: '{{code}} = yours', de: '{{code}} ist Ihr Code.' },
        defaultLocale: 'en',
        isDefault: true,
      },
    ]);
    const faulty = await run(['template', 'set', 'login', '--body', 'en=no code']);
    assert.equal(faulty.exitCode, 1);
    assert.match(faulty.err, /bodies\.en cannot be used: missing-code/);
    assert.equal((await run(['template', 'set', 'login', '--body', 'en=@nowhere.txt'])).exitCode, 2);
    assert.equal((await run(['template', 'set', 'login', '--body', 'en'])).exitCode, 2);
    assert.equal((await run(['template', 'delete', 'login'])).exitCode, 0);
    assert.equal((await run(['template', 'delete', 'login'])).exitCode, 1);
    assert.equal((await run(['template', 'list'])).out, 'no templates\n');
  });

  it('makes, lists and revokes keys; the secret is in no list', async () => {
    const { tenant } = (await run([...ACME, '--json'])).json();
    const made = await run([
      'key',
      'create',
      '--tenant',
      tenant.id,
      '--mode',
      'test',
      '--scope',
      'verify',
      '--json',
    ]);
    const { key } = made.json();
    assert.match(key.secret, /^otpost_test_/);
    assert.deepEqual(key.scopes, ['verify']);
    assert.equal((await run(['key', 'revoke', key.id])).exitCode, 0);
    const listed = await run(['key', 'list', '--tenant', tenant.id, '--json']);
    assert.deepEqual(
      listed
        .json()
        .keys.map(({ mode, revokedAt }: Record<string, string>) => [mode, revokedAt !== undefined]),
      [
        ['live', false],
        ['test', true],
      ],
    );
    assert.ok(!listed.out.includes('otpost_'));
  });

  it('sends a code itself where no server runs, and checks it', async () => {
    await run(ACME);
    const sent = (await run(['send', NUMBER, '--json'])).json();
    assert.equal(sent.message.status, 'accepted');
    const code = /\d{6}/.exec(sent.handset.body)?.[0] ?? '';
    const wrong = await run([
      'check',
      sent.verification.id,
      code === '000000' ? '111111' : '000000',
      '--json',
    ]);
    assert.deepEqual([wrong.exitCode, wrong.json()], [1, { outcome: 'incorrect', checksLeft: 4 }]);
    const right = await run(['check', sent.verification.id, code]);
    assert.deepEqual([right.exitCode, right.out], [0, 'approved\n']);
  });

  it('leaves a code to a running server, on whose handset it shows', async () => {
    await using server = await openTestApp({ folder });
    const { verification, message, handset } = (await run(['send', NUMBER, '--json'])).json();
    assert.deepEqual([message.status, handset], ['accepted', undefined]);
    const reply = await fetch(`${server.url}/handset/messages`);
    const { messages } = (await reply.json()) as { messages: { code: string }[] };
    assert.equal((await run(['check', verification.id, messages[0]?.code ?? ''])).exitCode, 0);
  });

  it('checks what a test key began as well: an operator stands above the two modes', async () => {
    const { tenant } = (await run([...ACME, '--json'])).json();
    const { key } = (await run(['key', 'create', '--tenant', tenant.id, '--mode', 'test', '--json'])).json();
    await using server = await openTestApp({ folder });
    const reply = await fetch(`${server.url}/otp/v1/verifications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ to: NUMBER }),
    });
    const { id, mode } = (await reply.json()) as { id: string; mode: string };
    assert.equal(mode, 'test');
    const readCode = async (): Promise<string> => {
      const handset = await fetch(`${server.url}/handset/messages`);
      const { messages } = (await handset.json()) as { messages: { code: string }[] };
      return messages[0]?.code ?? readCode();
    };
    assert.equal((await run(['check', id, await readCode()])).exitCode, 0);
  });

  it('lifts a block', async () => {
    await run(ACME);
    assert.deepEqual(
      [(await run(['unblock', NUMBER])).exitCode, (await run(['unblock', 'x'])).exitCode],
      [0, 1],
    );
  });

  it('refuses with 1 and one line: what is unknown, taken, ambiguous or malformed', async () => {
    for (const [args, words] of [
      [['send', NUMBER], /no tenant yet/],
      [['check', 'x', '123456'], /no tenant yet/],
    ] as const) {
      const { exitCode, err } = await run(args);
      assert.equal(exitCode, 1);
      assert.match(err, words);
      assert.match(err, /^otpost: [^\n]+\n$/);
    }
    await run(ACME);
    await run(['tenant', 'create', '--name', 'Other', '--email', 'ops@other.example']);
    for (const [args, code] of [
      [ACME, 'conflict'],
      [['send', NUMBER], 'invalid_request'],
      [['key', 'revoke', 'x'], 'not_found'],
      [['key', 'list', '--tenant', 'x'], 'not_found'],
      [['tenant', 'create', '--name', 'x', '--email', 'x'], 'invalid_request'],
    ] as const) {
      const { exitCode, err, out } = await run([...args, '--json']);
      assert.deepEqual([exitCode, out, JSON.parse(err).error.code], [1, '', code]);
    }
  });

  it('ends with 2 for what it cannot read: commands, options, settings', async () => {
    assert.match(
      (await run(['tenannt'])).err,
      /^otpost: unknown command 'tenannt'\n\(Did you mean tenant\?\)/,
    );
    for (const args of [
      ['tenannt'],
      ['tenant', 'create'],
      ['key', 'create', '--tenant', 'x', '--scope', 'all'],
      [],
    ])
      assert.equal((await run(args)).exitCode, 2, args.join(' '));
    const { exitCode, err } = await run(['tenant', 'list'], { OTPOST_PORT: 'x', OTPOST_ROLE: 'y' });
    assert.equal(exitCode, 2);
    assert.match(err, /^otpost: OTPOST_PORT: .+\notpost: OTPOST_ROLE: .+\n$/);
    assert.equal((await run(['--help'])).exitCode, 0);
    assert.match((await run(['help', 'send'])).out, /Examples:\n\s+\$ otpost send/);
  });

  it('prints its release', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    assert.deepEqual(await run(['--version']).then(({ exitCode, out }) => [exitCode, out]), [
      0,
      `${version}\n`,
    ]);
  });

  it('knows a tenant by its e-mail address wherever it takes an id', async () => {
    await run(ACME);
    const email = ACME[ACME.indexOf('--email') + 1] ?? '';
    assert.equal((await run(['key', 'create', '--tenant', email])).exitCode, 0);
    assert.equal((await run(['key', 'list', '--tenant', email, '--json'])).json().keys.length, 2);
    assert.equal((await run(['template', 'list', '--tenant', email])).exitCode, 0);
  });

  it('migrates, and says when there is nothing to do', async () => {
    assert.match((await run(['migrate'])).out, /^applied 0001_foundation.*; the schema is at \d+\n$/);
    assert.match((await run(['migrate'])).out, /^nothing to do/);
  });

  it('copies the database to a new file that opens with the same secret', async () => {
    await run(ACME);
    const target = join(folder, 'copy', 'otpost.db');
    assert.equal((await run(['backup', target])).exitCode, 2);
    const copy = join(folder, 'copy.db');
    assert.equal((await run(['backup', copy, '--json'])).json().target, copy);
    assert.match((await run(['backup', copy])).err, /exists already/);
    rmSync(databasePath({ dataFolder: folder }));
    for (const rest of ['-wal', '-shm']) rmSync(databasePath({ dataFolder: folder }) + rest, { force: true });
    writeFileSync(databasePath({ dataFolder: folder }), readFileSync(copy));
    assert.match((await run(['tenant', 'list'])).out, /ops@acme\.example/);
  });

  it('rotates keys and the master secret; what was sealed before still opens', async () => {
    await run(ACME);
    const { verification } = (await run(['send', NUMBER, '--json'])).json();
    assert.deepEqual((await run(['key', 'rotate', '--json'])).json().keys, ['seal-2', 'code-2']);
    const before = readFileSync(join(folder, 'secret'), 'utf8');
    assert.equal((await run(['key', 'rotate-master'])).exitCode, 0);
    assert.notEqual(readFileSync(join(folder, 'secret'), 'utf8'), before);
    assert.equal((await run(['check', verification.id, '000000'])).exitCode, 1);
    writeFileSync(join(folder, 'secret'), before, { mode: 0o600 });
    assert.match((await run(['check', verification.id, '000000'])).err, /made with another OTPOST_SECRET/);
  });

  it('rotates a master secret of the environment to one in a file, and prints neither', async () => {
    const [old, next] = ['k3JYcQw9ZbV0nT7uXe2RmA5sLdFgHiPq', 'Zz9LmQw9ZbV0nT7uXe2RmA5sLdFgHi42'];
    await run(ACME);
    await run(['key', 'rotate'], { OTPOST_SECRET: old });
    assert.match((await run(['key', 'rotate-master'], { OTPOST_SECRET: old })).err, /--new-secret-file/);
    writeFileSync(join(folder, 'next'), next);
    const rotated = await run(['key', 'rotate-master', '--new-secret-file', join(folder, 'next')], {
      OTPOST_SECRET: old,
    });
    assert.deepEqual([rotated.exitCode, rotated.out.includes(next)], [0, false]);
    assert.equal(existsSync(join(folder, 'secret')), false);
    assert.equal((await run(['key', 'rotate'], { OTPOST_SECRET: next })).exitCode, 0);
    assert.equal((await run(['key', 'rotate'], { OTPOST_SECRET: old })).exitCode, 2);
  });

  describe('doctor', () => {
    async function examine(env: Record<string, string> = {}) {
      const { exitCode, json } = await run(['doctor', '--json'], env);
      const findings: { level: string; subject: string; detail: string; advice?: string }[] = json().findings;
      const of = (subject: string) => findings.find((finding) => finding.subject === subject);
      assert.ok(findings.every(({ level, advice }) => (level === 'ok') === (advice === undefined)));
      return { exitCode, findings, of };
    }

    it('finds nothing wrong with an empty place, and leaves it empty', async () => {
      const place = join(folder, 'new');
      const { exitCode, findings } = await examine({ OTPOST_DATA: place });
      assert.equal(exitCode, 0);
      assert.deepEqual(
        findings.filter(({ level }) => level !== 'ok'),
        [],
      );
      assert.equal(existsSync(place), false);
    });

    it('finds faults in the settings, each', async () => {
      const { exitCode, findings } = await examine({ OTPOST_PORT: 'x', OTPOST_ROLE: 'x' });
      assert.equal(exitCode, 1);
      assert.deepEqual(
        findings.map(({ subject, level }) => [subject, level]),
        [
          ['settings', 'fail'],
          ['settings', 'fail'],
        ],
      );
    });

    it('finds a secret that others may read, another one, and none', async () => {
      await run(ACME);
      await run(['key', 'rotate']);
      assert.equal((await examine()).of('secret')?.level, 'ok');
      chmodSync(join(folder, 'secret'), 0o644);
      assert.match((await examine()).of('secret')?.detail ?? '', /chmod 600/);
      chmodSync(join(folder, 'secret'), 0o600);
      const other = await examine({ OTPOST_SECRET: 'k3JYcQw9ZbV0nT7uXe2RmA5sLdFgHiPq' });
      assert.deepEqual([other.exitCode, other.of('secret')?.level], [1, 'fail']);
      rmSync(join(folder, 'secret'));
      assert.match((await examine()).of('secret')?.detail ?? '', /not there/);
    });

    it('warns of settings for tenants that there are not', async () => {
      await run(ACME);
      const file = join(folder, 'tenants.yaml');
      const email = ACME[ACME.indexOf('--email') + 1] ?? '';
      writeFileSync(file, `tenants: { ${email}: {}, opps@acme.example: {} }`);
      const { exitCode, findings } = await examine({ OTPOST_CONFIG: file });
      assert.equal(exitCode, 0);
      const strays = findings.filter(({ subject, level }) => subject === 'tenants' && level === 'warn');
      assert.deepEqual(
        strays.map(({ detail }) => detail),
        ['tenants.opps@acme.example in the config file is of no tenant there is'],
      );
    });

    it('finds a clock that is behind the database', async () => {
      const store = await openDatabase({ dataFolder: folder }, { clock: systemClock, timers: systemTimers });
      const createdAtMs = systemClock() + 3_600_000;
      await store.createTenant({
        id: '01a1f942-481e-7255-a2b0-287a052c2779',
        name: 'x',
        email: 'x@x.example',
        createdAtMs,
      });
      await store[Symbol.asyncDispose]();
      const { exitCode, of } = await examine();
      assert.deepEqual([exitCode, of('clock')?.level], [1, 'fail']);
    });

    it('finds a database that is none, and a folder that is a file', async () => {
      writeFileSync(join(folder, 'otpost.db'), 'not a database, whatever its name says');
      assert.match((await examine()).of('database')?.detail ?? '', /not a SQLite database/);
      const file = await examine({ OTPOST_DATA: join(folder, 'otpost.db') });
      assert.equal(file.of('data folder')?.level, 'fail');
    });

    it('asks a running server how it is, and knows another program from it', async () => {
      await using server = await openTestApp({ folder });
      const port = new URL(server.url).port;
      const { of } = await examine({ OTPOST_PORT: port });
      assert.match(of('port')?.detail ?? '', /a server answers/);
      assert.equal(of('carrier phone')?.detail, 'up, says the running server');
      const { createServer } = await import('node:net');
      const stranger = createServer((socket) => socket.on('error', () => {}).end('hello\r\n'));
      await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
      const taken = String((stranger.address() as { port: number }).port);
      assert.match((await examine({ OTPOST_PORT: taken })).of('port')?.detail ?? '', /another program/);
      stranger.close();
    });

    it('tells a server that hangs from another program', async (t) => {
      const mute = (await import('node:net')).createServer(() => {});
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
      t.after(() => mute.close());
      const { of, exitCode } = await examine({
        OTPOST_PORT: String((mute.address() as { port: number }).port),
      });
      assert.match(of('port')?.detail ?? '', /does not answer/);
      assert.equal(exitCode, 1);
    });

    it('does not say that a carrier works which it has not tried', async () => {
      const file = join(folder, 'otpost.yaml');
      writeFileSync(file, 'carriers: { mail: { kind: smtp, url: "smtp://127.0.0.1:1", from: a@b.example } }');
      const { of } = await examine({ OTPOST_CONFIG: file });
      assert.match(of('carrier mail')?.detail ?? '', /^smtp: email; not tried/);
    });

    it('warns of a handset that the world can reach', async () => {
      assert.equal((await examine({ OTPOST_HOST: '0.0.0.0' })).of('handset')?.level, 'warn');
    });
  });
});
