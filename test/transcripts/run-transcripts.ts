/** Plays transcripts against every dialect that is registered, on a default installation with one tenant. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Principal } from '../../src/core/principal.ts';
import { DIALECTS } from '../../src/dialects/registry.ts';
import { type DialectInstallation, installDialects } from '../support/dialect-installation.ts';
import { wrongCode } from '../support/engine-harness.ts';
import { parseCurl, parseHttp } from './parse-request.ts';
import { parseTranscript, type Step } from './parse-transcript.ts';

/** What `<<name:kind>>` in an answer stands for; the value is kept under its name. */
const KINDS: Readonly<Record<string, string>> = {
  uuid: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  code: '[A-Za-z0-9]{4,32}',
  digits: '[0-9]+',
  jwt: '[\\w-]+\\.[\\w-]+\\.[\\w-]+',
  text: '[^"]*',
};

const PLACEHOLDER = /<<([A-Za-z]+)(?::([a-z]+))?>>/g;

/** Registers a test for each transcript in the folder. */
export function testTranscripts(folder: string): void {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder).sort()) {
    const transcript = parseTranscript(readFileSync(join(folder, file), 'utf8'));
    test(`${file}: ${transcript.title}`, async () => {
      await using installation = await installDialects(DIALECTS);
      const known = new Map<string, string>();
      for (const step of transcript.steps) await play(installation, step, known);
    });
  }
}

async function play(at: DialectInstallation, step: Step, known: Map<string, string>): Promise<void> {
  if (step.kind !== 'exchange') {
    await arrange(at, step.words, known);
    return;
  }
  const fill = (text: string) =>
    text.replaceAll(PLACEHOLDER, (_all, name: string) => lookUp(at, name, known));
  const printed = step.replacements.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `the request does not print "${from}"`);
    return text.replaceAll(from, fill(to));
  }, step.printed);
  const { method, path, headers, body } = (step.form === 'curl' ? parseCurl : parseHttp)(printed);
  const reply = await at.ask({
    method: method as 'GET' | 'POST' | 'DELETE',
    url: path,
    headers: { ...headers },
    ...(body === undefined ? {} : { payload: body }),
  });
  assert.equal(reply.statusCode, step.status, reply.body);
  assert.match(String(reply.headers['content-type'] ?? 'application/json'), /^application\/json/);
  match(compact(step.answer), reply.body, fill, known);
}

/** Pages print answers over several lines; on the wire they are compact, with the same keys in the same order. */
function compact(answer: string): string {
  return answer === '' ? '' : JSON.stringify(JSON.parse(answer));
}

function match(
  expected: string,
  body: string,
  fill: (text: string) => string,
  known: Map<string, string>,
): void {
  const names: string[] = [];
  let pattern = '';
  let end = 0;
  for (const found of expected.matchAll(PLACEHOLDER)) {
    const [whole, name = '', kind] = found;
    pattern += RegExp.escape(expected.slice(end, found.index));
    end = found.index + whole.length;
    if (kind === undefined) pattern += RegExp.escape(fill(whole));
    else {
      names.push(name);
      pattern += `(${KINDS[kind] ?? assert.fail(`there is no kind ${kind}`)})`;
    }
  }
  const found = new RegExp(`^${pattern}${RegExp.escape(expected.slice(end))}$`).exec(body);
  assert.ok(found, `expected ${expected}\nbut got  ${body}`);
  names.forEach((name, index) => {
    known.set(name, found[index + 1] ?? '');
  });
}

function lookUp(at: DialectInstallation, name: string, known: ReadonlyMap<string, string>): string {
  const { id, email, secret, testSecret } = at.tenant;
  const basic = (user: string) => Buffer.from(`${user}:${secret}`).toString('base64');
  switch (name) {
    case 'tenant':
      return id;
    case 'email':
      return email;
    case 'secret':
      return secret;
    case 'testSecret':
      return testSecret;
    case 'tenantBasic':
      return basic(id);
    case 'emailBasic':
      return basic(email);
    case 'lastCode':
      return at.lastCode();
    case 'wrongCode':
      return wrongCode(at.lastCode());
    default:
      return known.get(name) ?? assert.fail(`nothing is known as ${name}`);
  }
}

/** What happens between requests, or before the first. */
async function arrange(
  at: DialectInstallation,
  words: readonly string[],
  known: Map<string, string>,
): Promise<void> {
  const [what, value = ''] = words;
  switch (what) {
    case 'wait':
      return at.harness.clock.advance(Number(value) * 1000);
    case 'delivered': {
      const message = at.network.sent.at(-1) ?? assert.fail('nothing was sent');
      return at.harness.receive({ carrierMessageId: `network-${message.id}`, state: 'delivered' }, 'network');
    }
    case 'token': {
      const { token } = await at.harness.engine.issueAccessToken(await principalOf(at));
      known.set('accessToken', token);
      return;
    }
    case 'balance': {
      await at.harness.engine.topUp(await principalOf(at), Number(value) * 1_000_000);
      return;
    }
    default:
      assert.fail(`nobody knows how to arrange "${words.join(' ')}"`);
  }
}

async function principalOf({ harness, tenant }: DialectInstallation): Promise<Principal> {
  return (await harness.engine.authenticate({ secret: tenant.secret })) ?? assert.fail();
}
