/** What pages and deploy files name of the program is there: variables, metrics, events, commands, options, log lines, calls. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/run-cli.ts';
import { VARIABLES } from '../../src/config/env.ts';
import { EVENT_TYPES } from '../../src/core/events.ts';
import { METRICS } from '../../src/lib/metrics.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const PAGES = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.{yaml,service}', 'deploy/Dockerfile'], {
  cwd: ROOT,
})
  .filter((path) => path !== 'CHANGELOG.md')
  .toSorted();
const SOURCES = globSync('src/**/*.ts', { cwd: ROOT })
  .filter((path) => !path.endsWith('.test.ts'))
  .map(read)
  .join('\n');

/** Everything of this form on any page, with the page. */
function* named(form: RegExp): Generator<{ readonly page: string; readonly name: string }> {
  for (const page of PAGES) for (const [, name = ''] of read(page).matchAll(form)) yield { page, name };
}

function assertKnown(form: RegExp, known: ReadonlySet<string>, least: number): void {
  const all = [...named(form)];
  assert.ok(all.length >= least, `${all.length} are found`);
  assert.deepEqual(
    all.filter(({ name }) => !known.has(name)),
    [],
  );
}

test('environment variables', () => {
  // Of what runs beside the program.
  const ofOthers = ['OTPOST_TEST_DATABASE_URL', 'OTPOST_BENCH_DATABASE_URL', 'OTPOST_BENCH_STORED'];
  assertKnown(/\b(OTPOST_[A-Z_]*[A-Z])\b/g, new Set([...VARIABLES.map(({ name }) => name), ...ofOthers]), 40);
});

test('metrics', () => {
  const series = Object.keys(METRICS).flatMap((name) =>
    ['', '_bucket', '_count', '_sum'].map((end) => name + end),
  );
  assertKnown(/\b(otpost_[a-z_]+[a-z])\b/g, new Set(series), 60);
});

test('events', () => {
  /** Fields of a reply, and a span. */
  const others = ['tenant.id', 'tenant.email', 'message.dispatch'];
  const kinds = [...new Set(EVENT_TYPES.map((type) => type.split('.')[0]))].join('|');
  assertKnown(new RegExp(`\`((?:${kinds})\\.[a-z_]+)\``, 'g'), new Set([...EVENT_TYPES, ...others]), 40);
});

test('commands, with their options', () => {
  const io = { env: {}, out: () => {}, err: () => {}, exitCode: 0 };
  const commands = new Map(leavesOf(createProgram(io), ''));
  const names = [...commands.keys()].toSorted((a, b) => b.length - a.length);
  const faults: string[] = [];
  let found = 0;
  for (const { page, name } of named(/(?:^|[`$ ])(?:npm run -s otpost --|otpost) ([a-z][a-z-]+[^`\n]*)/gm)) {
    const command = names.find((known) => name === known || name.startsWith(`${known} `));
    if (command === undefined) continue;
    found += 1;
    const options = commands.get(command)?.options.map(({ long }) => long) ?? [];
    for (const [, option = ''] of name.matchAll(/\s(--[a-z][a-z-]*)/g)) {
      if (!options.includes(option) && option !== '--help') faults.push(`${page}: otpost ${name}: ${option}`);
    }
  }
  assert.ok(found > 40, String(found));
  assert.deepEqual(faults, []);
});

function* leavesOf(command: Command, prefix: string): Generator<readonly [string, Command]> {
  for (const inner of command.commands) {
    const name = `${prefix}${inner.name()}`;
    if (inner.commands.length === 0) yield [name, inner];
    yield* leavesOf(inner, `${name} `);
  }
}

test('commands in code marks are commands', () => {
  const io = { env: {}, out: () => {}, err: () => {}, exitCode: 0 };
  const names = [...leavesOf(createProgram(io), '')].map(([name]) => name);
  const all = [...named(/`(?:npm run -s otpost --|otpost) ([a-z][a-z -]*[a-z])[^`\n]*`/g)];
  assert.ok(all.length > 30);
  const unknown = all.filter(
    ({ name }) =>
      !names.some((known) => name === known || name.startsWith(`${known} `) || known.startsWith(`${name} `)),
  );
  assert.deepEqual(unknown, []);
});

test('log lines that the page for operators quotes', () => {
  const quoted = [
    ...read('docs/operating.md').matchAll(/`(?:"msg":")?((?!npm |createdb )[a-z]+(?:[ -][a-z]+)+)"?`/g),
  ].map(([, text = '']) => text);
  assert.deepEqual(
    quoted.filter((text) => !SOURCES.includes(text)),
    [],
  );
});

test('every table of PostgreSQL, under what it is keyed by', () => {
  const made = globSync('src/store/postgres/migrations/*.sql', { cwd: ROOT }).flatMap((path) =>
    [...read(path).matchAll(/CREATE TABLE (\w+)/g)].map(([, table = '']) => table),
  );
  const [, rows = ''] = read('docs/scaling.md').split('\n| keyed by | tables |\n');
  const [table = ''] = rows.split('\n\n');
  assert.deepEqual([...table.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).toSorted(), made.toSorted());
});
