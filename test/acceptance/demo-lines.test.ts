import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIALECTS } from '../../src/dialects/registry.ts';
import { makeTestFolder, openTestApp, removeTestFolder } from '../support/open-test-app.ts';
import { parseCurl } from '../transcripts/parse-request.ts';

test('the first start prints one line for each dialect, and all of them work as pasted', async (t) => {
  const folder = makeTestFolder();
  t.after(() => removeTestFolder(folder));
  await using running = await openTestApp({ folder });
  const [printed = ''] = running.said;
  for (const { name, title } of DIALECTS.filter((dialect) => dialect.name !== 'native')) {
    const lines = printed.split('\n');
    const line = lines[lines.indexOf(`  # ${title}`) + 1]?.trim() ?? '';
    assert.match(line, /^curl -s .+; echo$/, `a line for ${name}`);
    const { method, path, headers, body } = parseCurl(line.replace(/; echo$/, ''));
    const reply = await fetch(running.url + path, { method, headers, ...(body !== undefined && { body }) });
    assert.ok(reply.status < 300, `${name}: ${reply.status} ${await reply.text()}`);
  }
});
