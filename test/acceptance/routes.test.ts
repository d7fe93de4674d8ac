/** Routes as a config file writes them, through the whole product: which carrier a text goes by. How the routes are weighed is tested in core/. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { createNativeClient } from '../support/native-client.ts';
import { makeTestFolder, openTestApp, removeTestFolder } from '../support/open-test-app.ts';

const CARRIERS = ['a', 'b', 'c', 'd'].map((name) => `  ${name}: { kind: handset }`).join('\n');
const UNITED_STATES = '+14155550100';
const INDIA = '+919876543210';
const GEORGIA = '+995599123456';
const BRITAIN = '+447400123456';

const routesFor = (tenantId: string) => `carriers:
${CARRIERS}
routes:
  - { channel: sms, choose: weighted, carriers: [{ name: a, weight: 3 }, { name: b, weight: 1 }] }
  - { channel: sms, country: GE, choose: cheapest, carriers: [{ name: a, cost: "0.05" }, { name: b }, { name: c, cost: 0.005 }] }
  - { channel: sms, prefix: "+91", carriers: [b, a] }
  - { channel: sms, prefix: "+9198", sender: alphanumeric, carriers: [d] }
  - { channel: sms, tenant: ${tenantId}, carriers: [d] }
`;

describe('a text goes by', async () => {
  const folder = makeTestFolder();
  after(() => removeTestFolder(folder));
  const make = async (email: string, server: Awaited<ReturnType<typeof openTestApp>>) => {
    const { context } = server.app.parts;
    const { id } = await createTenant(context, { name: 'Acme', email });
    return { id, secret: (await createKey(context, { tenantId: id })).secret };
  };
  const [acme, other] = await (async () => {
    await using first = await openTestApp({ folder, yaml: `carriers:\n${CARRIERS}` });
    return [await make('a@acme.example', first), await make('b@other.example', first)] as const;
  })();
  let drawn = 0;
  const server = await openTestApp({ folder, yaml: routesFor(other.id), overrides: { random: () => drawn } });
  after(() => server[Symbol.asyncDispose]());

  async function carrierOf(to: string, { sender, by = acme }: { sender?: string; by?: typeof acme } = {}) {
    const client = createNativeClient(server.url, by.secret);
    const sent = await client.ask('POST', '/messages', { to, body: 'Hello', ...(sender && { sender }) });
    assert.equal(sent.status, 201, JSON.stringify(sent.body));
    for (;;) {
      const { body } = await client.ask('GET', `/messages/${sent.body.id}`);
      assert.notEqual(body.status, 'failed');
      if (body.carrier !== undefined) return body.carrier;
    }
  }

  it('the first that the weights draw', async () => {
    const byDraw: unknown[] = [];
    for (drawn of [0, 0.74, 0.76, 0.99]) byDraw.push(await carrierOf(BRITAIN));
    assert.deepEqual(byDraw, ['a', 'a', 'b', 'b']);
  });

  it('the cheapest of its country, where one of unknown cost is the dearest', async () => {
    assert.equal(await carrierOf(GEORGIA), 'c');
  });

  it('the longest prefix that matches, and by the type of its sender', async () => {
    assert.equal(await carrierOf(INDIA), 'b');
    assert.equal(await carrierOf(INDIA, { sender: 'ACMEIN' }), 'd');
    assert.equal(await carrierOf(INDIA, { sender: '56161' }), 'b');
  });

  it('the route of its tenant before any other', async () => {
    assert.equal(await carrierOf(INDIA, { by: other }), 'd');
    assert.equal(await carrierOf(UNITED_STATES, { by: other }), 'd');
  });
});
