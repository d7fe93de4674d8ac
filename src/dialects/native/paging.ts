/** How the native API pages a list: `?limit=&cursor=`, answered by `{items, next?}`. */
import { type TSchema, Type } from 'typebox';
import type { PageOf, PageQuery } from '../../engine/engine.ts';

const LIMIT_DEFAULT = 20;

export function toPageQuery(query: { readonly limit?: string; readonly cursor?: string }): PageQuery {
  const limit = query.limit === undefined ? LIMIT_DEFAULT : Number(query.limit);
  return query.cursor === undefined ? { limit } : { limit, cursor: query.cursor };
}

export function fromPage<T, Wire>(page: PageOf<T>, fromItem: (item: T) => Wire) {
  return { items: page.items.map(fromItem), ...(page.next === undefined ? {} : { next: page.next }) };
}

export function pageOf<T extends TSchema>(item: T) {
  return Type.Object({
    items: Type.Array(item),
    next: Type.Optional(
      Type.String({
        description: 'Absent on the last page only, which need not be the first that is not full.',
      }),
    ),
  });
}
