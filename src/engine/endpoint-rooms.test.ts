import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEndpointRooms, ROOM } from './endpoint-rooms.ts';

const NOW_MS = 1_000_000;

function failTimes(count: number) {
  const rooms = createEndpointRooms();
  for (let each = 0; each < count; each += 1) rooms.report('a', false, NOW_MS);
  return rooms;
}

test('an endpoint has room for as many as the room is wide, and gets it back', () => {
  const rooms = createEndpointRooms();
  for (let each = 0; each < ROOM; each += 1) rooms.enter('a');
  assert.equal(rooms.roomOf('a', NOW_MS), 0);
  assert.equal(rooms.roomOf('b', NOW_MS), ROOM);
  assert.deepEqual(rooms.narrowed(NOW_MS), { a: 0 });
  for (let each = 0; each < ROOM; each += 1) rooms.leave('a');
  assert.deepEqual(rooms.narrowed(NOW_MS), {});
});

test('an endpoint that only fails is asked with one at a time, and ever more seldom up to once a minute', () => {
  assert.equal(failTimes(4).roomOf('a', NOW_MS), ROOM);
  const pauseOf = (failures: number) => {
    const rooms = failTimes(failures);
    let pauseMs = 0;
    while (rooms.roomOf('a', NOW_MS + pauseMs) === 0) pauseMs += 500;
    assert.equal(rooms.roomOf('a', NOW_MS + pauseMs), 1);
    return pauseMs;
  };
  assert.deepEqual(
    [pauseOf(5), pauseOf(6), pauseOf(8), pauseOf(11), pauseOf(1_000)],
    [1_000, 2_000, 8_000, 60_000, 60_000],
  );
  const rooms = failTimes(5);
  rooms.enter('a');
  assert.equal(rooms.roomOf('a', NOW_MS + 60_000), 0);
});

test('one success opens an endpoint again', () => {
  const rooms = failTimes(30);
  rooms.report('a', true, NOW_MS);
  assert.equal(rooms.roomOf('a', NOW_MS), ROOM);
  assert.deepEqual(rooms.narrowed(NOW_MS), {});
});

test('a clock that stepped back by an hour pauses nobody for an hour', () => {
  assert.equal(failTimes(30).roomOf('a', NOW_MS - 3_600_000), 1);
});
