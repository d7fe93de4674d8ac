/** Cursors: the id of the last item shown, which is unguessable enough and needs no state. */
import { EngineError } from '../core/errors.ts';
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
