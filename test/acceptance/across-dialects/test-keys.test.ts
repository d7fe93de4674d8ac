/** Threat: a test key that reaches a real carrier by way of what a live key began. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIALECTS } from '../../../src/dialects/registry.ts';
import { installDialects } from '../../support/dialect-installation.ts';
import { RECIPIENT } from './doors.ts';

const COOLDOWN_MS = 30_000;

test('a test key neither takes up what a live key began nor sends it again, nor the reverse', async () => {
  await using at = await installDialects(DIALECTS);
  const { secret: live, testSecret: testing } = at.tenant;
  const post = (secret: string, path: string, payload: object) => {
    const headers = { authorization: `Bearer ${secret}` };
    return at.ask({ method: 'POST', url: `/otp/v1/verifications${path}`, headers, payload });
  };
  const counts = () => [at.network.sent.length, at.phone.sent.length];

  const begun = (await post(live, '', { to: RECIPIENT })).json();
  await at.harness.clock.advance(COOLDOWN_MS);
  const tried = (await post(testing, '', { to: RECIPIENT })).json();
  assert.notEqual(tried.id, begun.id);
  assert.deepEqual([begun.mode, tried.mode], ['live', 'test']);
  assert.deepEqual(counts(), [1, 1]);

  await at.harness.clock.advance(COOLDOWN_MS);
  assert.equal((await post(testing, `/${begun.id}/sends`, {})).statusCode, 404);
  assert.equal((await post(live, `/${tried.id}/sends`, {})).statusCode, 404);
  assert.deepEqual(counts(), [1, 1]);
  assert.equal((await post(live, `/${begun.id}/sends`, {})).statusCode, 201);
  assert.equal((await post(testing, `/${tried.id}/sends`, {})).statusCode, 201);
  assert.deepEqual(counts(), [2, 2]);
});
