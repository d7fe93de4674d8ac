/** Looks at the data folder and its disk. It makes and writes nothing. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemCodeOf } from '../../app/startup-error.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const MIB = 1024 * 1024;
/** A million verifications take about a gigabyte. */
const FREE_WARN_BYTES = 1024 * MIB;
/** The write-ahead log alone may grow to a part of this. */
const FREE_FAIL_BYTES = 100 * MIB;

export function examineFolder(folder: string): readonly Finding[] {
  const place = nearestThere(resolve(folder));
  if (!statSync(place).isDirectory()) {
    return [fail('data folder', `${place} is no folder`, 'name another place with OTPOST_DATA')];
  }
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = systemCodeOf(error) ?? 'unknown';
    return [
      fail(
        'data folder',
        `${place} cannot be written (${reason})`,
        'give this user the right to, or set OTPOST_DATA',
      ),
    ];
  }
  const isThere = place === resolve(folder);
  return [
    ok('data folder', isThere ? folder : `${folder} will be made at the first start`),
    examineDisk(place),
  ];
}

function examineDisk(place: string): Finding {
  const { bavail, bsize } = statfsSync(place);
  const freeBytes = bavail * bsize;
  const detail = `${Math.floor(freeBytes / MIB)} MiB free`;
  if (freeBytes < FREE_FAIL_BYTES) return fail('disk', detail, 'make room: writes will fail soon');
  return freeBytes < FREE_WARN_BYTES
    ? warn('disk', detail, 'make room, or keep things for less long')
    : ok('disk', detail);
}

function nearestThere(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestThere(dirname(path));
}
