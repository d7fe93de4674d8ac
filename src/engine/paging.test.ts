import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { KeyMode } from '../core/principal.ts';
import { pageOfMode } from './paging.ts';
import type { Page } from './ports.ts';

interface Row {
  readonly id: string;
  readonly mode: KeyMode;
}

const idOf = (place: number) => `01a1f942-0000-7000-8000-${String(place).padStart(12, '0')}`;

/** Newest first, as stores list; counts how often it was asked. */
function listOf(modes: readonly KeyMode[]) {
  const rows: readonly Row[] = modes.map((mode, place) => ({ id: idOf(modes.length - place), mode }));
  let asked = 0;
  const list = async ({ limit, beforeId }: Page): Promise<readonly Row[]> => {
    asked += 1;
    return rows.filter(({ id }) => beforeId === undefined || id < beforeId).slice(0, limit);
  };
  return { rows, list, asked: () => asked };
}

describe('a list of one mode', () => {
  it('read page by page is every row of that mode, once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<KeyMode>('live', 'test'), { maxLength: 400 }),
        fc.integer({ min: 1, max: 100 }),
        async (modes, limit) => {
          const { rows, list } = listOf(modes);
          const read: Row[] = [];
          let cursor: string | undefined;
          do {
            const page = await pageOfMode('test', list, { limit, ...(cursor && { cursor }) }, (row) => row);
            assert.ok(page.items.length <= limit);
            read.push(...page.items);
            cursor = page.next;
          } while (cursor !== undefined);
          assert.deepEqual(
            read,
            rows.filter(({ mode }) => mode === 'test'),
          );
        },
      ),
    );
  });

  it('ends a page short where it would pass over too many of the other mode, and goes on from there', async () => {
    const { rows, list, asked } = listOf([...Array<KeyMode>(5_000).fill('live'), 'test']);
    let cursor: string | undefined;
    const found: Row[] = [];
    let pages = 0;
    do {
      const before = asked();
      const page = await pageOfMode('test', list, { limit: 1, ...(cursor && { cursor }) }, (row) => row);
      assert.ok(asked() - before <= 6, `${asked() - before}`);
      found.push(...page.items);
      cursor = page.next;
      pages += 1;
    } while (cursor !== undefined);
    assert.deepEqual(found, rows.slice(-1));
    assert.ok(pages <= 13, `${pages}`);
  });
});
