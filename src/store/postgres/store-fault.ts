/** What stands in the way of opening a PostgreSQL database, in words that name the server but never the password. */
import { DatabaseError } from 'pg';
import { StoreError } from '../store-error.ts';
import { kindOf } from './failure.ts';

const INVALID_CATALOG = '3D000';
const INVALID_AUTHORIZATION = /^28...$/;
const INSUFFICIENT_PRIVILEGE = '42501';

/** What an operator can act on as a `StoreError`; anything else as it is. */
export async function describeFailure<T>(url: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof StoreError) throw new StoreError(error.kind, `${nameOf(url)}: ${error.message}`);
    const said = error instanceof Error ? error.message : String(error);
    const code = error instanceof DatabaseError ? (error.code ?? '') : '';
    const isRefusal =
      code === INVALID_CATALOG || code === INSUFFICIENT_PRIVILEGE || INVALID_AUTHORIZATION.test(code);
    // Full, starting or going down: nothing of ours.
    if (error instanceof DatabaseError && (isRefusal || kindOf(error) !== 'other'))
      throw new StoreError('unwritable', `${nameOf(url)}: ${said}`, { cause: error });
    if (error instanceof DatabaseError) throw error;
    throw new StoreError('unwritable', `${nameOf(url)}: cannot be reached (${said})`, { cause: error });
  }
}

/** Host and database of a URL. */
export function nameOf(url: string): string {
  if (!URL.canParse(url)) return 'PostgreSQL';
  const { host, pathname, searchParams } = new URL(url);
  return `${host || searchParams.get('host') || 'localhost'}${pathname}`;
}
