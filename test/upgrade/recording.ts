/**
 * What a release asked of its database while it played session.ts, and what it was answered: kept as a file of each
 * schema, so that the statements of older releases can be asked of newer schemas. Nothing here opens a database.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartName } from './session.ts';

export type StoreKind = 'sqlite' | 'postgres';

export interface Recording {
  /** Of the release that was recorded. */
  readonly schema: number;
  /** What it knew of the session: an older release has fewer tables, and plays fewer parts. */
  readonly parts: readonly PartName[];
  readonly statements: readonly string[];
  readonly first: readonly Asked[];
  readonly second: readonly Asked[];
}

/** SQLite's `get`, `all` and `run`; PostgreSQL has one way. */
export type Way = 'get' | 'all' | 'run';

export interface Asked {
  /** Index into `statements`. */
  readonly statement: number;
  readonly way: Way;
  readonly values: readonly unknown[];
  readonly rows: readonly unknown[];
  /** How many rows it wrote or found. */
  readonly count: number;
}

const FOLDER = join(import.meta.dirname, 'recordings');

/** A line for the schema, one for each statement, one for each time that one was asked. */
export function saveRecording(kind: StoreKind, recording: Recording): string {
  const { schema, parts, statements, first, second } = recording;
  const path = join(FOLDER, `${kind}-${schema}.jsonl`);
  const lines = [
    { schema, parts },
    ...statements.map((text) => ({ text })),
    ...first.map((asked) => ({ act: 'first', ...asked })),
    ...second.map((asked) => ({ act: 'second', ...asked })),
  ];
  writeFileSync(path, lines.map((line) => `${plain(line)}\n`).join(''));
  return path;
}

/** The oldest schema first. */
export function loadRecordings(kind: StoreKind): readonly Recording[] {
  const files = readdirSync(FOLDER).filter((file) => file.startsWith(`${kind}-`));
  return files.map(loadRecording).sort((one, other) => one.schema - other.schema);
}

function loadRecording(file: string): Recording {
  const lines = readFileSync(join(FOLDER, file), 'utf8').trimEnd().split('\n');
  const [head, ...rest] = lines.map((line) => JSON.parse(line, unpackBytes));
  return {
    ...{ schema: head.schema, parts: head.parts },
    statements: rest.filter(({ text }) => text !== undefined).map(({ text }) => text),
    first: rest.filter(({ act }) => act === 'first'),
    second: rest.filter(({ act }) => act === 'second'),
  };
}

/** Of what SQLite ran: for anything but a write it repeats what it said of the write before. */
export function writtenBy(text: string, changes: number | bigint): number {
  return /^\s*(INSERT|UPDATE|DELETE|REPLACE|WITH)\b/i.test(text) ? Number(changes) : 0;
}

/** Bytes of either kind, and what both databases give for nothing, in one form: for comparing. */
export function plain(value: unknown): string {
  return JSON.stringify(value, packBytes);
}

interface PackedBytes {
  readonly base64: string;
}

/** `Buffer` has turned itself into an object before it comes here. */
function packBytes(this: unknown, key: string, value: unknown): unknown {
  const before = (this as Record<string, unknown>)[key];
  return before instanceof Uint8Array ? { base64: Buffer.from(before).toString('base64') } : value;
}

function unpackBytes(_key: string, value: unknown): unknown {
  return isPacked(value) ? new Uint8Array(Buffer.from(value.base64, 'base64')) : value;
}

function isPacked(value: unknown): value is PackedBytes {
  return typeof value === 'object' && value !== null && 'base64' in value && Object.keys(value).length === 1;
}
