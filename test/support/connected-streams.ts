/** Two ends of a connection in memory: what is written to one is read from the other, and they close together, as sockets do. */
import type { Duplex } from 'node:stream';
import { duplexPair } from 'node:stream';

export function connectedStreams(): readonly [Duplex, Duplex] {
  const [left, right] = duplexPair({ allowHalfOpen: false });
  left.once('close', () => right.destroy());
  right.once('close', () => left.destroy());
  return [left, right];
}
