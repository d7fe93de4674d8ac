/** The pages lead where they say: every relative link of a page, with its anchor, and every path that the map names. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).toSorted();

/** Code is no text: what stands in a block or between backquotes holds neither links nor headings. */
const proseOf = (page: string) => page.replaceAll(/^(\s*)(```|~~~)[\s\S]*?^\s*\2\s*$/gm, '');

const exists = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** Where links of this page lead that leave neither this repository nor its files. */
function linksOf(page: string): readonly string[] {
  const prose = proseOf(page).replaceAll(/`[^`\n]*`(?!\])/g, '');
  const inline = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const references = [...prose.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)];
  return [...inline, ...references]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** The anchors that headings get where pages are looked at: small letters, hyphens for spaces, no punctuation, numbered when repeated. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(page).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
    let number = 0;
    while (anchors.has(number === 0 ? anchor : `${anchor}-${number}`)) number += 1;
    anchors.add(number === 0 ? anchor : `${anchor}-${number}`);
  }
  return anchors;
}

/** What is wrong with one link of a page; undefined when it leads somewhere. */
function faultOf(from: string, link: string): string | undefined {
  const [file = '', anchor] = decodeURIComponent(link).split('#');
  const target = file === '' ? join(ROOT, from) : join(ROOT, dirname(from), file);
  if (relative(ROOT, target).startsWith('..')) return 'leaves the repository';
  if (!exists(target)) return 'no such file';
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchorsOf(readFileSync(target, 'utf8')).has(anchor) ? undefined : 'no such heading';
}

test('every relative link of every page leads to a file and a heading that are there', () => {
  assert.ok(PAGES.includes('README.md') && PAGES.includes('docs/operating.md'));
  const links = PAGES.flatMap((page) =>
    linksOf(readFileSync(join(ROOT, page), 'utf8')).map((link) => ({ page, link })),
  );
  assert.ok(links.length > PAGES.length, 'links are found at all');
  const broken = links.flatMap(({ page, link }) => {
    const fault = faultOf(page, link);
    return fault === undefined ? [] : [`${page}: ${link}: ${fault}`];
  });
  assert.deepEqual(broken, []);
});

/** A path that begins so is named from the root; others are named from src. */
const ROOMS = /^(?:src|test|bench|scripts|web|deploy|docs)\//;

test('every path that ARCHITECTURE.md and CONTRIBUTING.md name exists', () => {
  for (const page of ['ARCHITECTURE.md', 'CONTRIBUTING.md']) {
    const spans = proseOf(readFileSync(join(ROOT, page), 'utf8')).matchAll(/`([^`\s]+)`/g);
    const named = [...spans]
      .map(([, span = '']) => span)
      .filter((span) => /^[\w.-]+(\/[\w.-]*)+$/.test(span));
    assert.ok(named.length > 3, page);
    for (const path of named) {
      // `engine/router.ts` is how the text speaks of src/engine/router.ts.
      const isThere = exists(join(ROOT, path)) || (!ROOMS.test(path) && exists(join(ROOT, 'src', path)));
      assert.ok(isThere || !(ROOMS.test(path) || /\.\w+$/.test(path)), `${page} names ${path}`);
    }
  }
});

test('the map has a row for every room of src', () => {
  const map = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  for (const room of globSync('src/*/', { cwd: ROOT }).toSorted()) {
    assert.ok(map.includes(`\`${room.replace(/\/?$/, '/')}\``), `${room} is not on the map`);
  }
});
