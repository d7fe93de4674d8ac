import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createSeededRandomBytes } from '../../test/support/seeded-random.ts';
import { createSystemRandomBytes } from './random.ts';
import { createUuidMaker, parseUuid } from './uuid.ts';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const msOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

test('an id has the layout of RFC 9562: time, version 7, counter, variant, random', () => {
  // The timestamp of appendix A.6; the random bytes are all ones, so every random bit must show.
  const make = createUuidMaker(
    () => 0x017f22e279b0,
    (count) => new Uint8Array(count).fill(0xff),
  );
  assert.equal(make(), '017f22e2-79b0-7000-bfff-ffffffffffff');
  assert.equal(make(), '017f22e2-79b0-7001-bfff-ffffffffffff');
});

test('all 62 bits after the variant are random, and both its bits are fixed', () => {
  const make = createUuidMaker(() => 1, createSeededRandomBytes('bits'));
  let zeros = 0n;
  let ones = 0n;
  const mask = (1n << 64n) - 1n;
  for (let i = 0; i < 500; i += 1) {
    const low = BigInt(`0x${make().replaceAll('-', '')}`) & mask;
    ones |= low;
    zeros |= ~low & mask;
  }
  assert.equal(ones, 0xbfff_ffff_ffff_ffffn);
  assert.equal(zeros, 0x7fff_ffff_ffff_ffffn);
});

test('ids rise strictly, in the same millisecond, past the counter and with the clock stepped back', () => {
  let now = 1_767_225_600_000;
  const make = createUuidMaker(() => now, createSystemRandomBytes());
  let last = '';
  for (let i = 0; i < 20_000; i += 1) {
    if (i === 12_000) now -= 3_600_000;
    if (i === 15_000) now += 7_200_000;
    const id = make();
    assert.match(id, V7);
    assert(id > last, `${id} after ${last}`);
    last = id;
  }
  assert(msOf(last) - now < 5, 'the borrowed milliseconds are few');
});

test('a new millisecond is taken from the clock', () => {
  let now = 5;
  const make = createUuidMaker(() => now, createSystemRandomBytes());
  assert.equal(msOf(make()), 5);
  now = 6;
  assert.equal(msOf(make()), 6);
});

test('a UUID is read in any version and case, and comes out lower-case', () => {
  const id = randomUUID();
  assert.equal(parseUuid(id), id);
  assert.equal(parseUuid(id.toUpperCase()), id);
});

test('what is not exactly a UUID is undefined, whatever its type', () => {
  const id = randomUUID();
  const hostile = [
    '',
    `${id} `,
    `${id}\n`,
    `{${id}}`,
    `urn:uuid:${id}`,
    id.replaceAll('-', ''),
    id.replace('-', '0'),
    id.replace(/^./, 'g'),
    id.replace(/^./, '１'),
    'K'.repeat(36),
    'a'.repeat(10_000),
    null,
    undefined,
    0,
    true,
    [id],
    { toString: () => id },
  ];
  for (const text of hostile) assert.equal(parseUuid(text), undefined, String(text));
});
