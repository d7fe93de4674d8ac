/** The server as a process: what an operator sees when it does not start, and how it stops. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { makeTestFolder, openTestApp, removeTestFolder } from '../support/open-test-app.ts';
import { type ServerProcess, spawnServer } from '../support/spawn-server.ts';

const SILENT_NUMBER = '+19075550110';
const STOP_MS_MAX = 10_000;

describe('the server process', () => {
  let folder: string;
  const started: ServerProcess[] = [];
  beforeEach(() => {
    folder = makeTestFolder();
  });
  afterEach(async () => {
    for (const { child, ended } of started.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
    removeTestFolder(folder);
  });

  function start(
    env: Record<string, string> = {},
    entry?: string,
    nodeArgs?: readonly string[],
  ): ServerProcess {
    const server = spawnServer({ OTPOST_DATA: folder, ...env }, entry, nodeArgs);
    started.push(server);
    return server;
  }

  /** Makes an installation with a tenant and keys, not running. */
  async function install(): Promise<void> {
    const { app } = await openTestApp({ folder });
    await app[Symbol.asyncDispose]();
  }

  async function secretOf(server: ServerProcess): Promise<{ url: string; secret: string }> {
    await server.printed('API descriptions');
    const url = /"url":"([^"]+)"/.exec(server.output.out)?.[1] ?? '';
    return { url, secret: /otpost_live_\w+/.exec(server.output.out)?.[0] ?? '' };
  }

  function startVerification({ url, secret }: { url: string; secret: string }, to: string) {
    return fetch(`${url}/otp/v1/verifications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ to }),
    });
  }

  const faults: readonly {
    readonly name: string;
    readonly prepare: () => Promise<Record<string, string> | undefined>;
    readonly says: RegExp;
  }[] = [
    {
      name: 'a busy port',
      says: /^otpost: cannot listen on 127\.0\.0\.1:\d+: the port is in use; end the other process or set OTPOST_PORT\n$/,
      prepare: async () => {
        const holder = createServer().unref();
        await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
        return { OTPOST_PORT: String((holder.address() as { port: number }).port) };
      },
    },
    {
      name: 'a data folder that is a file',
      says: /^otpost: OTPOST_DATA: .+ cannot be made or is no folder \(EEXIST\)\n$/,
      prepare: async () => {
        writeFileSync(join(folder, 'file'), '');
        return { OTPOST_DATA: join(folder, 'file') };
      },
    },
    {
      name: 'a data folder below a file',
      says: /^otpost: OTPOST_DATA: .+ cannot be made or is no folder \(ENOTDIR\)\n$/,
      prepare: async () => {
        writeFileSync(join(folder, 'file'), '');
        return { OTPOST_DATA: join(folder, 'file', 'data') };
      },
    },
    {
      name: 'a data folder where none can be made',
      says: /^otpost: OTPOST_DATA: \/proc\/otpost\/data cannot be made or is no folder \(E\w+\)\n$/,
      prepare: async () => ({ OTPOST_DATA: '/proc/otpost/data' }),
    },
    {
      name: 'another secret',
      says: /^otpost: the database in .+ was made with another OTPOST_SECRET; this one is in the environment\n$/,
      prepare: async () => {
        await install();
        return { OTPOST_SECRET: 'k3JYcQw9ZbV0nT7uXe2RmA5sLdFgHiPq' };
      },
    },
    {
      name: 'a secret that is lost',
      says: /^otpost: the secret of the database in .+ is lost: put .+\/secret back, or set OTPOST_SECRET to what it held\n$/,
      prepare: async () => {
        await install();
        rmSync(join(folder, 'secret'));
        return undefined;
      },
    },
    {
      name: 'a secret that others may read',
      says: /^otpost: .+\/secret: others may read it \(mode 0644\); run `chmod 600 .+`\n$/,
      prepare: async () => {
        await install();
        chmodSync(join(folder, 'secret'), 0o644);
        return undefined;
      },
    },
    {
      name: 'a secret that is none',
      says: /^otpost: OTPOST_SECRET: is too short: it needs 32 characters of base64 or 64 of hex\n$/,
      prepare: async () => ({ OTPOST_SECRET: 'changeme' }),
    },
    {
      name: 'a newer schema',
      says: /^otpost: the database has schema 9999, this release knows up to \d+ and cannot run beside it: .+\n$/,
      prepare: async () => {
        await install();
        const database = new DatabaseSync(join(folder, 'otpost.db'));
        database.exec(
          "INSERT INTO migrations (version, name, checksum, applied_at_ms) VALUES (9999, 'later', 'x', 0)",
        );
        database.close();
        return undefined;
      },
    },
    {
      name: 'a file that is no database',
      says: /^otpost: .+\/otpost\.db: not a SQLite database\n$/,
      prepare: async () => {
        writeFileSync(join(folder, 'otpost.db'), 'x'.repeat(10_000));
        return undefined;
      },
    },
    {
      name: 'faults in the config, each',
      says: /^otpost: OTPOST_ROLE: .+\notpost: carriers\.a\.kind: .+\notpost: routes\[0\]\.channel: .+\n$/,
      prepare: async () => {
        const file = join(folder, 'otpost.yaml');
        writeFileSync(file, 'carriers: { a: { kind: smoke } }\nroutes: [{ channel: drum, carriers: [a] }]\n');
        return { OTPOST_CONFIG: file, OTPOST_ROLE: 'boss' };
      },
    },
  ];
  for (const { name, prepare, says } of faults) {
    it(`does not start with ${name}: one line each, exit code 2, nothing changed`, async () => {
      const env = await prepare();
      const before = contentsOf(folder);
      const { ended, output } = start(env);
      assert.deepEqual(await ended, { code: 2, signal: null });
      assert.match(output.err, says);
      assert.equal(output.out, '');
      if (name !== 'a busy port') assert.deepEqual(contentsOf(folder), before);
    });
  }

  it('makes a secret for its owner only, and one database, when two start at once', async () => {
    const both = [start(), start()];
    await Promise.all(both.map((server) => server.printed('"started"')));
    assert.equal(statSync(join(folder, 'secret')).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'otpost.db')).mode & 0o777, 0o600);
    for (const { child, ended } of both) {
      child.kill('SIGTERM');
      assert.deepEqual(await ended, { code: 0, signal: null });
    }
    assert.equal(both.filter(({ output }) => output.out.includes('demo tenant')).length, 1);
  });

  it('stops at SIGTERM within ten seconds while a carrier hangs, and gives its message back', async () => {
    const server = start();
    const access = await secretOf(server);
    assert.equal((await startVerification(access, SILENT_NUMBER)).status, 201);
    const begunMs = performance.now();
    server.child.kill('SIGTERM');
    assert.deepEqual(await server.ended, { code: 0, signal: null });
    assert.ok(performance.now() - begunMs < STOP_MS_MAX);
    assert.match(server.output.out, /"msg":"stopped"\}\n$/);
    const database = new DatabaseSync(join(folder, 'otpost.db'), { readOnly: true });
    const { state, lease_node: leaseNode } =
      database.prepare('SELECT state, lease_node FROM messages').get() ?? {};
    database.close();
    assert.deepEqual([state, leaseNode], ['queued', null]);
  });

  it('ends at once at a second signal', async () => {
    const server = start();
    assert.equal((await startVerification(await secretOf(server), SILENT_NUMBER)).status, 201);
    const begunMs = performance.now();
    server.child.kill('SIGINT');
    const again = setInterval(() => server.child.kill('SIGINT'), 50);
    assert.deepEqual(await server.ended, { code: 1, signal: null });
    clearInterval(again);
    assert.ok(performance.now() - begunMs < 1_500);
  });

  it('takes a signal and its echo for one: a parent passes on what a terminal sends to all', async () => {
    const server = start();
    assert.equal((await startVerification(await secretOf(server), SILENT_NUMBER)).status, 201);
    server.child.kill('SIGINT');
    await server.printed('"stopping"');
    server.child.kill('SIGINT');
    assert.deepEqual(await server.ended, { code: 0, signal: null });
  });

  it('runs by the shim as by its own file, and stops by a signal to the shim', async () => {
    const server = start({}, 'bin/otpost');
    await server.printed('API descriptions');
    server.child.kill('SIGTERM');
    assert.deepEqual(await server.ended, { code: 0, signal: null });
  });

  describe('by the shim, under a Node.js that is too old', () => {
    const OLD = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.1.0'}})`;

    it('stops by a signal to the shim', async () => {
      const server = start({}, 'bin/otpost', [`--import=${OLD}`]);
      await server.printed('API descriptions');
      server.child.kill('SIGTERM');
      assert.deepEqual(await server.ended, { code: 0, signal: null });
    });

    it('stops when the shim is killed, and leaves the port', async () => {
      const server = start({}, 'bin/otpost', [`--import=${OLD}`]);
      const { url } = await secretOf(server);
      server.child.kill('SIGKILL');
      // Its output is closed once the last process that holds it has ended.
      await server.ended;
      assert.match(server.output.out, /"msg":"stopped"\}\n$/);
      await assert.rejects(fetch(url));
    });
  });

  it('finishes a rotation of the master secret that was cut short between database and file', async () => {
    await install();
    const { runCli } = await import('../../src/cli/run-cli.ts');
    copyFileSync(join(folder, 'secret'), join(folder, 'old'));
    const env = { OTPOST_DATA: folder };
    assert.equal(await runCli(['key', 'rotate-master'], { env, out: () => {}, err: () => {} }), 0);
    copyFileSync(join(folder, 'secret'), join(folder, 'secret.next'));
    copyFileSync(join(folder, 'old'), join(folder, 'secret'));
    chmodSync(join(folder, 'secret'), 0o600);
    chmodSync(join(folder, 'secret.next'), 0o600);
    const next = readFileSync(join(folder, 'secret.next'), 'utf8');
    await install();
    assert.equal(readFileSync(join(folder, 'secret'), 'utf8'), next);
    assert.equal(existsSync(join(folder, 'secret.next')), false);
  });
});

/** The files that must not change, as text to compare. The write-ahead log may be taken in. */
function contentsOf(folder: string): readonly string[] {
  return ['secret', 'file', 'otpost.yaml'].map((name) => {
    const path = join(folder, name);
    return existsSync(path) ? readFileSync(path, 'base64') : 'none';
  });
}
