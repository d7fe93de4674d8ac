/** Each vendor's dialect has its compatibility page, and the page knows every operation that is served. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DIALECTS } from '../../src/dialects/registry.ts';
import { installDialects } from '../support/dialect-installation.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const PAGES = join(DOCS, 'dialects');

/** Parameters may have the vendor's names on the page. */
const nameless = (path: string) => path.replaceAll(/\{\w+\}/g, '{}');

for (const dialect of DIALECTS.filter(({ name }) => name !== 'native')) {
  test(`docs/dialects/${dialect.name}.md names the vendor's page and every operation`, async () => {
    await using at = await installDialects([dialect]);
    const page = readFileSync(join(PAGES, `${dialect.name}.md`), 'utf8');
    assert.ok(page.includes(dialect.documentation), dialect.documentation);
    const [documented] = at.documented;
    assert.ok(documented);
    const { paths } = documented.document() as { readonly paths: Record<string, object> };
    for (const [path, operations] of Object.entries(paths)) {
      const below = nameless(path.slice(dialect.prefix.length));
      for (const method of Object.keys(operations)) {
        const operation = `\`${method.toUpperCase()} ${below}\``;
        assert.ok(nameless(page).includes(operation), `${operation} is missing`);
      }
    }
  });
}

test('docs/migrating.md shows for each vendor at most two lines that change, and where it is served', () => {
  const sections = readFileSync(join(DOCS, 'migrating.md'), 'utf8').split('\n## ');
  for (const { name, prefix } of DIALECTS.filter((dialect) => dialect.name !== 'native')) {
    const section = sections.find((text) => text.includes(`(dialects/${name}.md)`)) ?? '';
    const lines = section.split('\n');
    const taken = lines.filter((line) => line.startsWith('- '));
    const put = lines.filter((line) => line.startsWith('+ '));
    assert.ok(taken.length > 0 && taken.length <= 2, name);
    assert.equal(put.length, taken.length, name);
    assert.ok(section.includes(prefix), `${name} is served at ${prefix}`);
  }
});
