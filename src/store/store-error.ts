/**
 * Why a store cannot be opened, in one line that an operator can act on. It covers opening and migrating only:
 * what a running store tells its callers is an `EngineError`.
 */
export type StoreErrorKind =
  /** Written by a later release of the program. */
  | 'newer-schema'
  /** Older than this release, and the opener was told not to migrate. */
  | 'not-migrated'
  /** The place cannot be created, read or written. */
  | 'unwritable'
  /** A database of some other program, or no database at all. */
  | 'foreign'
  /** Ours once, but damaged, or a migration on record differs from the one in this release. */
  | 'corrupt'
  /** Another process holds it and does not let go. */
  | 'locked'
  /** Its rows have gone to another database, which is to be opened in its place. */
  | 'moved'
  /** Half filled by a move that is not finished. */
  | 'half-moved';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
