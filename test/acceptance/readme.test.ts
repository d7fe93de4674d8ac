/** The README's own commands, run by a shell as they stand, but for the port and the folder. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { makeTestFolder, removeTestFolder } from '../support/open-test-app.ts';
import { type ServerProcess, spawnServer } from '../support/spawn-server.ts';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('README.md', ROOT), 'utf8');
/** Where the README says that it serves. */
const STATED_URL = 'http://127.0.0.1:6877';

/** The shell blocks below a heading. */
function blocksUnder(heading: string): readonly string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  return [...own.matchAll(/```sh\n([^`]+)```/g)].map(([, block = '']) => block);
}

describe('the README', () => {
  let folder: string;
  let server: ServerProcess;
  let url: string;
  let secret: string;
  let env: Record<string, string>;
  before(async () => {
    folder = makeTestFolder();
    env = { PATH: process.env.PATH ?? '', HOME: folder, OTPOST_DATA: folder };
    server = spawnServer(env, 'bin/otpost');
    await server.printed('API descriptions');
    url = /"url":"([^"]+)"/.exec(server.output.out)?.[1] ?? '';
    secret = /otpost_live_\w+/.exec(server.output.out)?.[0] ?? '';
  });
  after(async () => {
    server.child.kill('SIGTERM');
    await server.ended;
    removeTestFolder(folder);
  });

  async function runShell(script: string, more: Record<string, string> = {}): Promise<string> {
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: ROOT,
      env: { ...env, ...more },
      // With a socket for its input bash reads the start-up files of a person's shell.
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    shell.stdout.on('data', (chunk) => {
      out += chunk;
    });
    shell.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(shell, 'close');
    assert.equal(code, 0, `${script}\n${out}\n${err}`);
    return out;
  }

  const inbox = () => `${url}/handset/messages?to=%2B14155550123`;
  /** The message is dispatched after the reply: a person is slower than that, a script is not. */
  const untilMessage = () => `until curl -s '${inbox()}' | grep -q '"code"'; do :; done`;

  it('says in two minutes what the first start prints: lines that end with an approved code', async () => {
    const [install] = blocksUnder('Two minutes to the first code');
    assert.equal(install, 'npm ci && npm start\n');
    const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
    assert.equal(scripts.start, 'node bin/otpost serve');
    const [, printed = ''] = server.output.out.split('Start a verification:');
    const [walk = ''] = printed.split('The same tenant by other APIs:');
    const [start = '', code = '', check = '', ...others] = walk
      .split('\n')
      .filter((line) => /^ {2}\S/.test(line));
    assert.deepEqual(others, []);
    const said = await runShell([start, untilMessage(), code, check].join('\n'));
    assert.match(said, /"outcome":"approved"/);
  });

  it('shows calls that work as they stand', async () => {
    const [, start = '', check = ''] = blocksUnder('Two minutes to the first code').map((block) =>
      block.replaceAll(STATED_URL, url),
    );
    const started = JSON.parse(await runShell(start, { SECRET: secret }));
    assert.equal(started.status, 'pending');
    await runShell(untilMessage());
    const newest = JSON.parse(await runShell(`curl -s '${inbox()}'`)).messages[0];
    const checked = JSON.parse(await runShell(check, { SECRET: secret, ID: started.id, CODE: newest.code }));
    assert.equal(checked.outcome, 'approved');
    assert.equal(checked.verification.status, 'approved');
  });

  it('shows commands that work as they stand', async () => {
    const [commands = ''] = blocksUnder('A real carrier');
    const lines = commands.trim().split('\n');
    assert.equal(lines.length, 3);
    for (const line of lines) assert.notEqual(await runShell(line), '', line);
  });

  it('names only scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
    const named = [...page.matchAll(/npm (?:run (?:-s )?)?(start|test|[\w:]+)\b/g)].map(
      ([, name = '']) => name,
    );
    for (const name of named.filter((each) => each !== 'ci')) assert.ok(name in scripts, name);
    assert.ok(named.length > 5);
  });
});
