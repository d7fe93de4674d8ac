import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  commitStagedSecret,
  makeSecretFile,
  readSecretFile,
  readStagedSecret,
  SecretFileError,
  secretPath,
  stageSecret,
} from './secret-file.ts';

describe('the secret file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'otpost-secret-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made once, for its owner only; who comes second gets the first one', () => {
    assert.equal(readSecretFile(folder), undefined);
    assert.equal(makeSecretFile(folder, 'first').trim(), 'first');
    assert.equal(makeSecretFile(folder, 'second').trim(), 'first');
    assert.equal(statSync(secretPath(folder)).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['secret']);
  });

  it('that others may read is refused with what to do', () => {
    makeSecretFile(folder, 'first');
    for (const mode of [0o640, 0o604]) {
      chmodSync(secretPath(folder), mode);
      assert.throws(() => readSecretFile(folder), /others may read it \(mode 06[04][04]\); run `chmod 600/);
    }
  });

  it('where no file can be made is an error of its own, without the secret in it', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    assert.throws(
      () => makeSecretFile(file, 'hidden'),
      (error) => error instanceof SecretFileError && !error.message.includes('hidden'),
    );
    symlinkSync('secret', join(folder, 'secret'));
    assert.throws(() => readSecretFile(folder), SecretFileError);
  });

  it('is replaced in two steps, between which both are there', () => {
    makeSecretFile(folder, 'old');
    stageSecret(folder, 'interrupted');
    stageSecret(folder, 'new');
    assert.deepEqual([readSecretFile(folder)?.trim(), readStagedSecret(folder)?.trim()], ['old', 'new']);
    commitStagedSecret(folder);
    assert.deepEqual([readSecretFile(folder)?.trim(), readStagedSecret(folder)], ['new', undefined]);
    assert.equal(statSync(secretPath(folder)).mode & 0o777, 0o600);
  });
});
