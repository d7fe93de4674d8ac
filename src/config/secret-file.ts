/**
 * The master secret as a file in the data folder, for those who do not give `OTPOST_SECRET`. It appears under its name
 * whole and on disk, or not at all, and of two processes that make it at once both end up with one.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const NAME = 'secret';
/** A new master secret on its way in; see `stageSecret`. */
const NEXT_NAME = 'secret.next';
/** What a group or others may do with the file: nothing. Windows has no such bits. */
const FOREIGN_BITS = 0o077;
const OWNER_ONLY = 0o600;

export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

export function secretPath(folder: string): string {
  return join(folder, NAME);
}

/** The secret, or undefined where there is no such file. @throws SecretFileError readable by others, or unreadable for us */
export function readSecretFile(folder: string): string | undefined {
  return read(join(folder, NAME));
}

/** The secret that a rotation left behind before it could finish. @throws SecretFileError */
export function readStagedSecret(folder: string): string | undefined {
  return read(join(folder, NEXT_NAME));
}

/** Puts the secret there unless another process was faster. @returns the one that is there now. @throws SecretFileError */
export function makeSecretFile(folder: string, secret: string): string {
  const path = join(folder, NAME);
  let own: string | undefined;
  try {
    own = mkdtempSync(join(folder, '.secret-'));
    const temporary = join(own, NAME);
    writeDurably(temporary, secret);
    // A rename would replace the file of a faster process; a link fails instead.
    linkUnlessThere(temporary, path);
    syncFolder(folder);
  } catch (error) {
    throw toSecretFileError(error, path);
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }
  return read(path) ?? secret;
}

/**
 * First half of replacing the secret: the new one lies beside the old one. Then the keys are wrapped anew, then comes
 * `commitStagedSecret`. Whenever it is interrupted, one of the two files fits. @throws SecretFileError
 */
export function stageSecret(folder: string, secret: string): void {
  const path = join(folder, NEXT_NAME);
  try {
    rmSync(path, { force: true });
    writeDurably(path, secret);
    syncFolder(folder);
  } catch (error) {
    throw toSecretFileError(error, path);
  }
}

/** @throws SecretFileError */
export function commitStagedSecret(folder: string): void {
  const path = join(folder, NAME);
  try {
    renameSync(join(folder, NEXT_NAME), path);
    syncFolder(folder);
  } catch (error) {
    throw toSecretFileError(error, path);
  }
}

function read(path: string): string | undefined {
  try {
    const { mode } = statSync(path);
    if (process.platform !== 'win32' && (mode & FOREIGN_BITS) !== 0) {
      const bits = (mode & 0o777).toString(8).padStart(4, '0');
      throw new SecretFileError(`${path}: others may read it (mode ${bits}); run \`chmod 600 ${path}\``);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw toSecretFileError(error, path);
  }
}

function writeDurably(path: string, secret: string): void {
  const file = openSync(path, 'wx', OWNER_ONLY);
  try {
    writeSync(file, `${secret}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Without this the name may be lost in a power cut although the contents are not. Windows cannot and need not. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function toSecretFileError(error: unknown, path: string): SecretFileError {
  if (error instanceof SecretFileError) return error;
  return new SecretFileError(`${path}: cannot be used (${codeOf(error) ?? 'unknown'})`, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
