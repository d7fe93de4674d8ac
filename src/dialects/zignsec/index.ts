/** ZignSec's two-factor SMS: a text of the caller's, and how far it got. The vendor's identity products are not served. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../../engine/engine.ts';
import { authenticateWith, parseHeader } from '../../http/credentials.ts';
import { acceptEmptyJson } from '../../http/optional-body.ts';
import type { Dialect } from '../dialect.ts';
import { callbacks } from './callbacks.ts';
import { writeFault } from './errors.ts';
import { DIALECT } from './mapping.ts';
import { addSessionRoutes } from './routes.ts';

const KEY_DESCRIPTION = 'The secret of a key, without a scheme before it.';

export const zignsec: Dialect = {
  name: DIALECT,
  title: 'ZignSec',
  prefix: '/core/api/sessions',
  documentation: 'https://docs.zignsec.com/2fa/sms-verification/',
  openapi: {
    version: '5.0.0',
    description: 'Two-factor authentication by SMS as ZignSec has it: send a text, look how far it got.',
    securitySchemes: {
      Authorization: { type: 'apiKey', in: 'header', name: 'Authorization', description: KEY_DESCRIPTION },
      ProductKey: { type: 'apiKey', in: 'header', name: 'Zs-Product-Key', description: KEY_DESCRIPTION },
    },
  },
  async register(scope, context) {
    acceptEmptyJson(scope);
    scope.addHook('onRequest', authenticateWith(context.authenticator, toCredentials, 'messages'));
    addSessionRoutes(scope, context);
  },
  writeFault,
  callbacks,
  exampleCurl: ({ baseUrl, secret, to }) =>
    `curl ${baseUrl}/two_factor_auth/sms -H 'Authorization: ${secret}' -H 'Content-Type: application/json' ` +
    `-d '{"metadata":{"from":"Acme","to":"${to}","message":"Your code is 123456","max_message_parts":1}}'`,
};

function toCredentials(headers: IncomingHttpHeaders): Credentials | undefined {
  const secret = parseHeader(headers, 'authorization') ?? parseHeader(headers, 'zs-product-key');
  return secret === undefined ? undefined : { secret };
}
