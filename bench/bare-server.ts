/** The yardstick: a Fastify route that takes a JSON body and answers a JSON object, both with schemas. */
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';

const server = Fastify();
server.post(
  '/bare',
  {
    schema: {
      body: { type: 'object', required: ['to'], properties: { to: { type: 'string' } } },
      response: { 200: { type: 'object', properties: { id: { type: 'string' }, to: { type: 'string' } } } },
    },
  },
  async (request) => ({
    id: '01a1f94d-8e07-7551-955c-4cab44f669a7',
    to: (request.body as { to: string }).to,
  }),
);
await server.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: (server.server.address() as AddressInfo).port });
process.on('disconnect', () => process.exit(0));
