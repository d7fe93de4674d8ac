/** Every call that a page names is served, and the README's table of vendors is the registry's. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { DIALECTS } from '../../src/dialects/registry.ts';
import { makeTestFolder, openTestApp, removeTestFolder, type TestApp } from '../support/open-test-app.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const PAGES = globSync(['*.md', 'docs/*.md', 'docs/adr/*.md'], { cwd: ROOT }).sort();
/** The pages of the vendors' dialects name calls below their prefix; dialect-pages.test.ts reads those. */
const CALL = /`(GET|POST|PUT|PATCH|DELETE) (…?\/[^` ]*)`/g;

describe('the calls that the documentation names', () => {
  let folder: string;
  let running: TestApp;
  before(async () => {
    folder = makeTestFolder();
    running = await openTestApp({ folder, env: { OTPOST_DEMO: 'off' } });
  });
  after(async () => {
    await running?.[Symbol.asyncDispose]();
    removeTestFolder(folder);
  });

  /** Whoever has no credentials learns no more than that there is such a path, and here that is enough. */
  async function isServed(method: string, path: string): Promise<boolean> {
    const url = running.url + path.replaceAll(/\{\w+\}/g, 'x');
    const reply = await fetch(url, { method, redirect: 'manual', signal: AbortSignal.timeout(10_000) });
    if (reply.status !== 404 && reply.status !== 405) {
      await reply.body?.cancel();
      return true;
    }
    return !/There is nothing at this path|does not take this method/.test(await reply.text());
  }

  it('are served', async () => {
    let count = 0;
    for (const page of PAGES) {
      const spelled: string[] = [];
      for (const [, method = '', named = ''] of readFileSync(ROOT + page, 'utf8').matchAll(CALL)) {
        const path = named.startsWith('…') ? spellOut(named.slice(1), spelled) : named;
        spelled.push(path);
        assert.ok(await isServed(method, path), `${page}: ${method} ${path}`);
        count += 1;
      }
    }
    assert.ok(count > 20, `${count} calls are named`);
    assert.equal(await isServed('GET', '/otp/v1/verification'), false, 'a call that there is not is told');
    assert.equal(await isServed('DELETE', '/otp/v1/verifications'), false);
  });

  it('are under the prefixes that the README gives to each vendor', () => {
    const rows = [
      ...readFileSync(`${ROOT}README.md`, 'utf8').matchAll(/^\| [^|]+ \| `(\/[^`]+)` \| .+ \|$/gm),
    ];
    assert.deepEqual(rows.map(([, prefix]) => prefix).sort(), DIALECTS.map(({ prefix }) => prefix).sort());
  });
});

/** `…/devices/{id}` after `/otp/v1/subjects/{subject}/devices`. */
function spellOut(suffix: string, spelled: readonly string[]): string {
  const start = suffix.split('/').slice(0, 2).join('/');
  const before =
    spelled.findLast((path) => path.includes(start)) ?? assert.fail(`nothing is before …${suffix}`);
  return before.slice(0, before.indexOf(start)) + suffix;
}
