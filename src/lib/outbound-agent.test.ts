import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddressGuard } from './outbound-address.ts';
import { createOutboundAgent } from './outbound-agent.ts';
import { OutboundError } from './outbound-error.ts';

test('SSRF: an agent refuses a private address by itself, whether or not the URL was judged before', async (t) => {
  const agent = await createOutboundAgent({
    mayReach: createAddressGuard([]),
    resolve: async () => ['127.0.0.1'],
    tls: undefined,
  });
  t.after(() => agent.destroy());
  for (const origin of ['http://127.0.0.1:9', 'https://[::1]:9', 'http://service.test:9']) {
    await assert.rejects(
      agent.request({ origin, path: '/', method: 'GET' }),
      (error) => error instanceof OutboundError && error.reason === 'refused-address',
      origin,
    );
  }
});
