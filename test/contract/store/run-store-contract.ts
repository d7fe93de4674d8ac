/**
 * The promises of `Store` in engine/ports.ts, one suite for every implementation. A second database adds a file
 * beside sqlite.test.ts and changes nothing here.
 */
import { describe } from 'node:test';
import type { OpenDatabase } from './database.ts';
import { describeSends } from './sends.ts';

/** @param open makes an empty database, of which each test has its own */
export function runStoreContract(name: string, open: OpenDatabase): void {
  describe(`the store contract on ${name}`, { concurrency: false }, () => {
    describeSends(open);
  });
}
