/** The database's own record of a move into it, and the refusal to open what is half filled. */
import { StoreError } from '../store-error.ts';
import { Connection } from './connection.ts';
import { type Call, call, statement } from './statement.ts';
import { describeFailure } from './store-fault.ts';

const FIND = call(statement('SELECT id, finished_at_ms FROM store_move WHERE only_row = 1'));
const BEGIN = statement('INSERT INTO store_move (only_row, id, started_at_ms) VALUES (1, $1, $2)');
const FINISH = statement('UPDATE store_move SET finished_at_ms = $1 WHERE only_row = 1');
/** A release before this table would open the database in good faith: it is told that it cannot, until it can. */
const SHUT_OUT_OLDER = call(
  statement(`UPDATE otpost_migrations SET beside = version WHERE name = 'store-move'`),
);
const LET_IN_OLDER = call(
  statement(`UPDATE otpost_migrations SET beside = version - 1 WHERE name = 'store-move'`),
);

export interface RecordedMove {
  readonly id: string;
  readonly isFinished: boolean;
}

export const beginMove = (id: string, atMs: number): readonly Call[] => [
  SHUT_OUT_OLDER,
  call(BEGIN, id, atMs),
];
export const finishMove = (atMs: number): readonly Call[] => [LET_IN_OLDER, call(FINISH, atMs)];

export async function findMove(connection: Connection): Promise<RecordedMove | undefined> {
  const [found] = await connection.run([FIND]);
  const row = found?.rows[0];
  return row && { id: String(row.id), isFinished: row.finished_at_ms !== null };
}

/** For everybody who opens a database to use it; its schema is this release's. @throws StoreError `half-moved` */
export async function assertNotHalfMoved({ url }: { readonly url: string }): Promise<void> {
  await describeFailure(url, async () => {
    const connection = await Connection.open({ url, applicationName: 'otpost' });
    try {
      const move = await findMove(connection);
      if (move && !move.isFinished) {
        throw new StoreError(
          'half-moved',
          'a move into it is not finished: run `otpost migrate-store` again where it was begun',
        );
      }
    } finally {
      await connection.close();
    }
  });
}
