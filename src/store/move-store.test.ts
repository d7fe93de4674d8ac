/** The move itself, on two stores that are lists in memory: whatever lay in the target before. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareKeys, type MovedRow, type MovedValue, toMovedRow } from './move-rows.ts';
import { decideMove, type MoveSource, type MoveTarget, moveStore, type TargetState } from './move-store.ts';
import type { MovedTable } from './move-tables.ts';

const TABLE: MovedTable = {
  name: 'things',
  columns: [
    { name: 'owner', type: 'text', isIdentity: false },
    { name: 'number', type: 'bigint', isIdentity: false },
    { name: 'content', type: 'text', isIdentity: false },
  ],
  keyWidth: 2,
};
const MOVE_ID = 'this move';

type Rows = readonly (readonly [owner: string, number: number, content: string | null])[];

const keyOf = ([owner, number]: readonly MovedValue[]) => JSON.stringify([owner, number]);
/** As both databases sort text: by its bytes. */
const inOrder = (rows: Rows): readonly MovedRow[] =>
  [...new Map(rows.map((row) => [keyOf(row), row])).values()]
    .toSorted((a, b) => Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])) || a[1] - b[1])
    .map(toMovedRow);

function createSource(rows: Rows): MoveSource & { readonly marks: string[] } {
  const marks: string[] = [];
  return {
    name: 'otpost.db',
    moveId: MOVE_ID,
    tables: [{ name: TABLE.name, columns: TABLE.columns.map(({ name }) => name) }],
    count: () => inOrder(rows).length,
    rows: () => inOrder(rows),
    markMoved: (target) => void marks.push(target),
    marks,
  };
}

/** @param batchRows how many rows it gives at a time */
function createTarget(rows: Rows, batchRows: number) {
  let held = inOrder(rows);
  const steps: string[] = [];
  const replace = (gone: readonly MovedRow[], come: readonly MovedRow[]) => {
    const keys = new Set([...gone, ...come].map(({ values }) => keyOf(values)));
    const kept = held.filter(({ values }) => !keys.has(keyOf(values)));
    held = [...kept, ...come].toSorted((a, b) => compareKeys(a, b, TABLE.keyWidth));
  };
  const target: MoveTarget = {
    name: 'postgres://db.example/otpost',
    tables: [TABLE],
    look: async () => ({ hasRows: held.length > 0, move: { id: MOVE_ID, isFinished: false } }),
    begin: async () => void steps.push('begin'),
    async *read() {
      // What is written meanwhile is not seen, as in one snapshot.
      const seen = held;
      for (let at = 0; at < seen.length; at += batchRows) yield seen.slice(at, at + batchRows);
    },
    write: async (_, come) => replace([], come),
    remove: async (_, gone) => replace(gone, []),
    complete: async () => void steps.push('complete'),
    finish: async () => void steps.push('finish'),
  };
  return { target, steps, held: () => held };
}

const row = fc.tuple(
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.nat(5),
  fc.option(fc.string({ maxLength: 3 })),
);
const someRows = fc.array(row, { maxLength: 40 });

describe('a move', () => {
  it('leaves the target equal to the source, whatever was there, and writes only what differs', async () => {
    await fc.assert(
      fc.asyncProperty(
        someRows,
        someRows,
        someRows,
        fc.integer({ min: 1, max: 7 }),
        async (a, b, c, batch) => {
          const source = createSource([...a, ...b]);
          const before = [...b, ...c];
          const { target, steps, held } = createTarget(before, batch);
          const report = await moveStore({ source, target, isAhead: false });
          const wanted = inOrder([...a, ...b]);
          assert.deepEqual(held(), wanted);
          assert.deepEqual([report.outcome, steps], ['moved', ['complete', 'finish']]);
          assert.deepEqual(source.marks, [target.name]);
          const had = new Map(inOrder(before).map((each) => [keyOf(each.values), each.text]));
          const [table] = report.tables;
          assert.equal(table?.rows, wanted.length);
          assert.equal(
            table?.written,
            wanted.filter(({ values, text }) => had.get(keyOf(values)) !== text).length,
          );
          const wantedKeys = new Set(wanted.map(({ values }) => keyOf(values)));
          assert.equal(table?.removed, [...had.keys()].filter((key) => !wantedKeys.has(key)).length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('marks nothing where the target has lost a row, or is read ahead', async () => {
    const rows: Rows = [
      ['a', 1, null],
      ['a', 2, 'x'],
    ];
    const lossy = createTarget([], 1);
    lossy.target.write = async () => {};
    const source = createSource(rows);
    const { outcome } = await moveStore({ source, target: lossy.target, isAhead: false });
    assert.deepEqual([outcome, source.marks, lossy.steps], ['unequal', [], []]);
    const ahead = createTarget([], 1);
    assert.equal((await moveStore({ source, target: ahead.target, isAhead: true })).outcome, 'ahead');
    assert.deepEqual([source.marks, ahead.steps], [[], []]);
    assert.equal(ahead.held().length, 2);
  });
});

describe('what is to be done with two databases', () => {
  const decide = (target: TargetState, movedTo?: string) =>
    decideMove({ name: 'otpost.db', moveId: MOVE_ID, ...(movedTo && { movedTo }) }, 'postgres://db', target);
  const mine = (isFinished: boolean) => ({ hasRows: true, move: { id: MOVE_ID, isFinished } });
  const others = (isFinished: boolean) => ({ hasRows: true, move: { id: 'another', isFinished } });

  it('follows from what both say of a move', () => {
    assert.equal(decide({ hasRows: false }), 'begin');
    assert.equal(decide(mine(false)), 'go-on');
    assert.equal(decide(mine(false), 'postgres://db'), 'go-on');
    assert.equal(decide(mine(true), 'postgres://db'), 'done-before');
  });

  it('is nothing where rows could be lost or mixed', () => {
    const refused: readonly (readonly [TargetState, string | undefined, RegExp])[] = [
      [{ hasRows: true }, undefined, /another installation/],
      [others(false), undefined, /another database into it is not finished/],
      [others(true), undefined, /another installation/],
      [mine(true), undefined, /an old copy/],
      [{ hasRows: false }, 'postgres://first', /was moved to postgres:\/\/first/],
      [others(false), 'postgres://first', /was moved to postgres:\/\/first/],
    ];
    for (const [target, movedTo, words] of refused) assert.throws(() => decide(target, movedTo), words);
  });
});
