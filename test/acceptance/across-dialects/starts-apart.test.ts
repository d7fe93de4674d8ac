/** Threat: a start through one API that takes up what another began, whose code was disclosed or has its short form. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIALECTS } from '../../../src/dialects/registry.ts';
import { installDialects } from '../../support/dialect-installation.ts';
import { callerOf, DOORS, RECIPIENT } from './doors.ts';

for (const door of DOORS.filter(({ name }) => !name.startsWith('native'))) {
  test(`a native start makes a verification of its own beside one of ${door.name}`, async () => {
    await using at = await installDialects(DIALECTS, { limits: [] });
    const by = await callerOf(at);
    const { check, isRight } = await door.start(by);
    const code = at.lastCode();
    const headers = { authorization: `Bearer ${at.tenant.secret}` };
    const reply = await by.post('/otp/v1/verifications', { to: RECIPIENT }, headers);
    assert.equal(reply.statusCode, 201, reply.body);
    const { codeLength, checksLeft, purpose } = reply.json();
    assert.deepEqual([codeLength, checksLeft, purpose], [6, 5, 'default']);
    assert.notEqual(at.lastCode(), code);
    assert.ok(check && isRight(await check(code)), 'the older code is still right');
  });
}
