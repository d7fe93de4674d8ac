/**
 * Proves that a dialect is gone with its folder and its line in the registry: in a copy of the sources, each in turn
 * is taken out with its own tests, and what is left must compile, and the other dialects' tests pass. It changes nothing in the
 * working tree.
 *
 * A dialect's own tests are those in its folder, in folders of its name below test/, in files there that are called
 * after it (`ratio.test.ts`, `ratio-sessions.test.ts`), and whatever imports the dialect or one of these.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');
const COPIED = ['src', 'test', 'bench', 'scripts', 'web', 'tsconfig.json', 'package.json'];
const REGISTRY = 'src/dialects/registry.ts';
const OTHERS_TESTS = ['src/dialects/**/*.test.ts', 'test/acceptance/dialect-edges/*.test.ts'];

const folder = mkdtempSync(join(tmpdir(), 'otpost-removable-'));
const copy = join(folder, 'copy');
const attic = join(folder, 'attic');

try {
  for (const path of COPIED) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const failed = dialectNames().filter((name) => !survivesWithout(name));
  if (failed.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

function dialectNames(): readonly string[] {
  const entries = readdirSync(join(copy, 'src/dialects'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function survivesWithout(name: string): boolean {
  const registry = readFileSync(join(copy, REGISTRY), 'utf8');
  const moved = [`src/dialects/${name}`, ...ownTests(name)];
  for (const path of moved) move(copy, attic, path);
  const own = new RegExp(`from './${name}/|^\\s*${name},`);
  const others = registry.split('\n').filter((line) => !own.test(line));
  writeFileSync(join(copy, REGISTRY), others.join('\n'));
  try {
    // Incremental, so that only what a dialect touches is checked again.
    run('tsc', '--incremental', '--tsBuildInfoFile', join(folder, 'tsbuildinfo'));
    run('node', '--input-type=module', '--eval', loadRegistry(name));
    run('node', '--test', '--test-concurrency=2', '--test-reporter=dot', ...OTHERS_TESTS);
    console.log(`without ${name}: compiles, loads and passes`);
    return true;
  } catch (error) {
    console.error(`without ${name}:\n${String((error as { readonly stdout?: unknown }).stdout || error)}`);
    return false;
  } finally {
    for (const path of moved) move(attic, copy, path);
    writeFileSync(join(copy, REGISTRY), registry);
  }
}

/** Outermost first, and nothing within a folder that is moved already. */
function ownTests(name: string): readonly string[] {
  const paths = readdirSync(join(copy, 'test'), { recursive: true, encoding: 'utf8' }).sort();
  const own: string[] = [];
  const isTaken = (path: string) => own.some((outer) => path === outer || path.startsWith(`${outer}/`));
  const below = paths.map((path) => join('test', path));
  for (const path of below) if (!isTaken(path) && isOwn(basename(path), name)) own.push(path);
  const sources = below.filter((path) => path.endsWith('.ts'));
  const isGone = (path: string) => path.startsWith(`src/dialects/${name}/`) || isTaken(path);
  // An importer of what is gone goes too, and then whatever imports that, until nothing more does.
  for (let before = -1; before < own.length; ) {
    before = own.length;
    for (const path of sources) if (!isTaken(path) && importsOf(path).some(isGone)) own.push(path);
  }
  return own;
}

/** The files that a file imports by a relative path, from the root of the copy. */
function importsOf(path: string): readonly string[] {
  const text = readFileSync(join(copy, path), 'utf8');
  return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) => join(dirname(path), target));
}

function isOwn(file: string, name: string): boolean {
  return (
    file === name || (file.endsWith('.ts') && (file.startsWith(`${name}.`) || file.startsWith(`${name}-`)))
  );
}

function move(from: string, to: string, path: string): void {
  mkdirSync(dirname(join(to, path)), { recursive: true });
  renameSync(join(from, path), join(to, path));
}

function loadRegistry(name: string): string {
  const url = pathToFileURL(join(copy, REGISTRY)).href;
  return `const { DIALECTS } = await import(${JSON.stringify(url)});
    if (DIALECTS.length === 0 || DIALECTS.some(({ name }) => name === ${JSON.stringify(name)})) process.exit(1);`;
}

function run(command: string, ...args: readonly string[]): void {
  const program = join(ROOT, 'node_modules/.bin', command);
  execFileSync(program, args, { cwd: copy, encoding: 'utf8', stdio: 'pipe' });
}
