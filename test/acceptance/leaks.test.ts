/**
 * Threat: a code, number, e-mail address, key or secret that can be read from a database file, a log, metrics, a webhook
 * or an error. A run over everything is searched for all that it used.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type LeakRun, runForLeaks } from '../support/leak-run.ts';
import { findLeaks } from '../support/leak-search.ts';
import { makeTestFolder, removeTestFolder } from '../support/open-test-app.ts';

describe('what a run leaves behind', () => {
  let folder: string;
  let run: LeakRun;
  before(async () => {
    folder = makeTestFolder();
    run = await runForLeaks(folder);
  });
  after(() => removeTestFolder(folder));

  it('holds none of the secrets that the run used', () => {
    const kinds = new Set(run.secrets.map(({ kind }) => kind));
    for (const kind of ['code', 'number', 'e-mail address', 'key', 'TOTP secret', 'webhook secret', 'text']) {
      assert.ok(kinds.has(kind), `the run used a ${kind}`);
    }
    assert.ok(run.places.some(({ name }) => name.startsWith('otpost.db-wal')));
    assert.deepEqual(findLeaks(run.places, run.secrets), []);
  });

  it('would have been found out in any place, by any secret in any spelling', () => {
    for (const { name, content } of run.places) {
      const [secret] = run.secrets;
      const leaking = Buffer.concat([content, Buffer.from(` ${secret?.spellings[0]} `)]);
      assert.ok(findLeaks([{ name, content: leaking }], run.secrets).includes(`${secret?.kind} in ${name}`));
    }
    for (const secret of run.secrets) {
      for (const spelling of secret.spellings) {
        const content = Buffer.from(`{"to":"${spelling}"}`);
        assert.deepEqual(findLeaks([{ name: 'x', content }], [secret]), [`${secret.kind} in x`]);
      }
    }
  });
});
