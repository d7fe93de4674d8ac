/** docs/operating.md and docs/otpost.schema.json say what the program does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from 'commander';
import { DEFINITIONS } from '../../src/app/load-app-config.ts';
import { createProgram } from '../../src/cli/run-cli.ts';
import { loadConfig, SECTIONS } from '../../src/config/config.ts';
import { makeEditorSchema } from '../../src/config/editor-schema.ts';
import { VARIABLES } from '../../src/config/env.ts';
import { NATIVE_POLICY } from '../../src/core/policy.ts';
import { DEFAULT_LIMITS } from '../../src/core/rate-limit.ts';
import { METRICS } from '../../src/lib/metrics.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const page = readFileSync(new URL('operating.md', DOCS), 'utf8');

/** The rows of the table with this head, as cells without code marks. */
function rowsOf(head: string): readonly (readonly string[])[] {
  const [, table = ''] = page.split(`\n| ${head} |\n`);
  const [body = ''] = table.split('\n\n');
  return body
    .split('\n')
    .slice(1)
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
}

const plain = (cell = '') => cell.replaceAll('`', '');

test('every environment variable has its row, with default and meaning', () => {
  assert.deepEqual(
    rowsOf('variable | default | meaning'),
    VARIABLES.map(({ name, fallback, meaning }) => [`\`${name}\``, fallback, meaning]),
  );
});

test('every section of the config has its row', () => {
  assert.deepEqual(
    rowsOf('section | says').map(([name]) => plain(name)),
    SECTIONS,
  );
});

test('every command has its row, and every command takes --json', () => {
  const io = { env: {}, out: () => {}, err: () => {}, exitCode: 0 };
  const leaves = [...leavesOf(createProgram(io), '')];
  assert.deepEqual(
    rowsOf('command | does')
      .map(([name]) => plain(name))
      .sort(),
    leaves.map(([name]) => name).sort(),
  );
  for (const [name, command] of leaves) {
    if (name === 'otpost serve') continue;
    assert.ok(
      command.options.some(({ long }) => long === '--json'),
      name,
    );
    assert.match(helpOf(command), /Examples?:/, name);
  }
});

function* leavesOf(command: Command, prefix: string): Generator<readonly [string, Command]> {
  const name = `${prefix}${command.name()}`;
  if (command.commands.length === 0) yield [name, command];
  for (const inner of command.commands) yield* leavesOf(inner, `${name} `);
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

test('every metric has its row', () => {
  assert.deepEqual(
    rowsOf('metric | type | labels | meaning'),
    Object.entries(METRICS).map(([name, { type, labels, help }]) => [
      `\`${name}\``,
      type,
      labels.join(', ') || '–',
      help,
    ]),
  );
});

test('every built-in limit has its row', () => {
  assert.deepEqual(
    rowsOf('limit | counts | most | within').map(([name, , most, within]) => [plain(name), most, within]),
    DEFAULT_LIMITS.map(({ name, max, windowSeconds }) => [name, String(max), `${windowSeconds} s`]),
  );
});

test('the config file that it shows is one', () => {
  const [, yaml = ''] = /```yaml\n([^`]+)```/.exec(page) ?? [];
  const config = loadConfig({ TWILIO_TOKEN: 'token' }, () => yaml, DEFINITIONS);
  assert.deepEqual(
    config.carriers.map(({ id }) => id),
    ['main', 'phone'],
  );
});

test('every other piece of a config file that it shows is right', () => {
  const [, ...pieces] = [...page.matchAll(/```yaml\n([^`]+)```/g)].map(([, yaml = '']) => yaml);
  assert(pieces.length > 0);
  for (const piece of pieces.filter((yaml) => SECTIONS.some((name) => yaml.startsWith(`${name}:`)))) {
    assert.doesNotThrow(() => loadConfig({}, () => piece, DEFINITIONS), piece);
  }
});

test('the defaults of the policy are those of the program', () => {
  const rows = rowsOf('in `policy` | default | says').map(([name, fallback]) => [plain(name), fallback]);
  const schema = makeEditorSchema(DEFINITIONS) as { properties: { policy: { properties: object } } };
  assert.deepEqual(
    rows.map(([name]) => name),
    Object.keys(schema.properties.policy.properties),
  );
  for (const [name = '', fallback] of rows) {
    const value = (NATIVE_POLICY as unknown as Record<string, unknown>)[name];
    if (value !== undefined) assert.equal(fallback, String(value), name);
  }
});

test('the schema for editors is the one that the program prints', () => {
  const committed = readFileSync(new URL('otpost.schema.json', DOCS), 'utf8');
  assert.deepEqual(
    JSON.parse(committed),
    JSON.parse(JSON.stringify(makeEditorSchema(DEFINITIONS))),
    'run: npm run -s otpost -- config-schema > docs/otpost.schema.json',
  );
});
