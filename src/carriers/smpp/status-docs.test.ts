/** docs/carriers/smpp.md and the one table of status codes say the same. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { COMMAND_STATUSES } from '../../smpp/command-status.ts';

test('docs/carriers/smpp.md has a row for each status code, with its name, class and meaning', async () => {
  const page = await readFile(new URL('../../../docs/carriers/smpp.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(0x[0-9a-f]{8})` \| `(\w+)` \| (\w+) \| (.+) \|$/gm)];
  assert.deepEqual(
    rows.map(([, code, name, statusClass, meaning]) => [Number(code), name, statusClass, meaning]),
    COMMAND_STATUSES.map(({ code, name, class: statusClass, meaning }) => [code, name, statusClass, meaning]),
  );
  for (const { class: statusClass } of COMMAND_STATUSES) {
    if (statusClass !== 'ok') assert.match(page, new RegExp(`^\\| ${statusClass} \\| .+ \\|$`, 'm'));
  }
});
