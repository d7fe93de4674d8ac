/** docs/carriers/ and the schemas say the same of every setting: its name, and whether it must be there. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { CarrierKind } from './carrier-kind.ts';
import { HTTP_KIND } from './http/index.ts';
import { INFOBIP_KIND } from './infobip/index.ts';
import { SMPP_KIND } from './smpp/index.ts';
import { SMTP_KIND } from './smtp/index.ts';
import { TELNYX_KIND } from './telnyx/index.ts';
import { TWILIO_KIND } from './twilio/index.ts';
import { VONAGE_KIND } from './vonage/index.ts';

const DOCS = new URL('../../docs/carriers/', import.meta.url);
const KINDS: readonly Pick<CarrierKind, 'kind' | 'settings'>[] = [
  TWILIO_KIND,
  VONAGE_KIND,
  TELNYX_KIND,
  INFOBIP_KIND,
  HTTP_KIND,
  SMPP_KIND,
  SMTP_KIND,
];

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

for (const { kind, settings: schema } of KINDS) {
  test(`docs/carriers/${kind}.md has a row for each setting of kind ${kind}`, async () => {
    const page = await readFile(new URL(`${kind}.md`, DOCS), 'utf8');
    const rows = [...page.matchAll(/^\| `([\w.]+)` \| (yes|no) \| .+ \|$/gm)].map(
      ([, name, needed]) => `${name} ${needed}`,
    );
    assert.deepEqual(rows.sort(), [...rowsOf(schema as ObjectSchema)].sort());
  });

  test(`each setting of kind ${kind} has a description for editors`, () => {
    for (const [name, { description }] of Object.entries((schema as ObjectSchema).properties ?? {})) {
      assert.match(description ?? '', /^[A-Z].+\.$/, name);
    }
  });
}

/** Settings within settings have their names joined by full stops. */
function* rowsOf(schema: ObjectSchema, prefix = ''): Generator<string> {
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    yield `${prefix}${name} ${schema.required?.includes(name) ? 'yes' : 'no'}`;
    yield* rowsOf(inner, `${prefix}${name}.`);
  }
}
