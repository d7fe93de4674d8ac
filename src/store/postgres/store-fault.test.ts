/** What an operator is told of a PostgreSQL that cannot be opened: one line, without the password, or the fault as it is. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DatabaseError } from 'pg';
import { describeFailure } from './store-fault.ts';

const URL_WITH_PASSWORD = 'postgres://otpost:hidden@db.example:5433/otpost';

function said(code: string, message: string): DatabaseError {
  return Object.assign(new DatabaseError(message, 0, 'error'), { code });
}

it('a server that refuses, is full, or is not up yet is named in one line', async () => {
  for (const error of [
    said('28P01', 'password authentication failed'),
    said('3D000', 'database "otpost" does not exist'),
    said('53300', 'sorry, too many clients already'),
    said('57P03', 'the database system is starting up'),
    said('57P01', 'terminating connection due to administrator command'),
  ]) {
    await assert.rejects(
      describeFailure(URL_WITH_PASSWORD, () => Promise.reject(error)),
      { name: 'StoreError', message: `db.example:5433/otpost: ${error.message}`, cause: error },
    );
  }
});

it('what no operator can mend stays what it is', async () => {
  const error = said('42703', 'column "later" does not exist');
  await assert.rejects(
    describeFailure(URL_WITH_PASSWORD, () => Promise.reject(error)),
    error,
  );
});
