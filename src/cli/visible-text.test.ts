/** Threat: a message, or whoever binds to the simulator, that writes to the operator's terminal what it likes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { print } from './cli-io.ts';
import { toLine } from './commands/smsc.ts';
import { toVisibleText } from './visible-text.ts';

const HOSTILE = '\u001b[2J\u009b31m\r\n9  acme → 1  forged\u0000\u202e\u2028';
const VISIBLE = '\\u001b[2J\\u009b31m\\u000d\\n9  acme → 1  forged\\u0000\\u202e\\u2028';

test('what a terminal would obey is spelled out, and all other text stays', () => {
  assert.equal(toVisibleText(HOSTILE), VISIBLE);
  assert.equal(toVisibleText('Grüße 🙂 שלום'), 'Grüße 🙂 שלום');
});

test('a message at the simulator is one line, whatever it holds', () => {
  const message = {
    ...{ messageId: '1', systemId: 'a', source: HOSTILE, destination: HOSTILE, text: HOSTILE },
    ...{ dataCoding: 0, esmClass: 0, registeredDelivery: 0, validityPeriod: '', otherTlvs: [] },
  } as unknown as Parameters<typeof toLine>[0];
  assert.equal(toLine(message, {}), `1  ${VISIBLE} → ${VISIBLE}  ${VISIBLE}`);
  assert.equal(JSON.parse(toLine(message, { json: true })).text, HOSTILE);
});

test('what a command says keeps its lines and nothing else', () => {
  const out: string[] = [];
  print({ env: {}, out: (text) => out.push(text), err: () => {}, exitCode: 0 }, {}, {}, `one\ntwo\u001b[2J`);
  assert.deepEqual(out, ['one\ntwo\\u001b[2J\n']);
});
