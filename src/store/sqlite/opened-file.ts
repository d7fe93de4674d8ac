/** Which file a store has open: a path may come to name another one while it is. */
import { statSync } from 'node:fs';

export interface OpenedFile {
  readonly path: string;
  readonly inode: number;
  readonly device: number;
}

/** To be asked while the file at `path` is the one that is open. */
export function openedFileAt(path: string): OpenedFile {
  const { ino: inode, dev: device } = statSync(path);
  return { path, inode, device };
}

/** False once it was removed, or another has taken its place. */
export function isInPlace({ path, inode, device }: OpenedFile): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  return there?.ino === inode && there.dev === device;
}
