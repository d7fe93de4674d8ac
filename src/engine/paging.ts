/** Cursors: the id of the last row looked at, which is unguessable enough and needs no state. */
import { EngineError } from '../core/errors.ts';
import type { KeyMode } from '../core/principal.ts';
import { parseUuid } from '../lib/uuid.ts';
import type { PageOf, PageQuery } from './commands.ts';
import type { Page } from './ports.ts';

/** One row more than asked tells whether there is a next page. */
export function readPage({ limit, cursor }: PageQuery): Page {
  if (cursor === undefined) return { limit: limit + 1 };
  const beforeId = parseUuid(cursor);
  if (!beforeId)
    throw new EngineError('invalid_request', 'This cursor was not given by us.', { field: 'cursor' });
  return { limit: limit + 1, beforeId };
}

export function toPage<Row extends { readonly id: string }, Item>(
  rows: readonly Row[],
  { limit }: PageQuery,
  toItem: (row: Row) => Item,
): PageOf<Item> {
  const shown = rows.slice(0, limit);
  return { items: shown.map(toItem), next: rows.length > limit ? shown.at(-1)?.id : undefined };
}

/** A page that finds nothing for so long ends short of its limit; its cursor leads on all the same. */
const PASSED_OVER_MAX = 500;
const ROWS_AT_ONCE = 100;

/** The page of those rows that keys of this mode began: what others began is passed over. */
export async function pageOfMode<Row extends { readonly id: string; readonly mode: KeyMode }, Item>(
  mode: KeyMode,
  list: (page: Page) => Promise<readonly Row[]>,
  query: PageQuery,
  toItem: (row: Row) => Item,
): Promise<PageOf<Item>> {
  const found: Row[] = [];
  let page = readPage(query);
  for (let seen = 0; seen < PASSED_OVER_MAX; seen += page.limit) {
    const rows = await list(page);
    found.push(...rows.filter((row) => row.mode === mode));
    const last = rows.at(-1);
    if (found.length > query.limit || rows.length < page.limit || !last) return toPage(found, query, toItem);
    page = { limit: ROWS_AT_ONCE, beforeId: last.id };
  }
  return { items: found.map(toItem), next: page.beforeId };
}
