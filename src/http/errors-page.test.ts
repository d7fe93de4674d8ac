/** docs/errors.md, the table of problems and the engine's union list the same codes with the same statuses. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PROBLEMS } from './problem.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const source = readFileSync(new URL('../core/errors.ts', import.meta.url), 'utf8');

test('every engine error is documented with its status, in the order of the union', () => {
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| (.+) \| (.+) \|$/gm)];
  assert.deepEqual(
    rows.map(([, code, status]) => [code, Number(status)]),
    Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]),
  );
});

test('the table of problems has exactly the codes of the union', () => {
  const start = source.indexOf('EngineErrorCode =');
  const union = source.slice(start, source.indexOf(';', start));
  const codes = [...union.matchAll(/\| '([a-z_]+)'/g)].map(([, code]) => code);
  assert.ok(codes.length > 20);
  assert.deepEqual(codes, Object.keys(PROBLEMS));
});
