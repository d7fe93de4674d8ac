/** SignalWire's multi-factor authentication: a token by SMS or call, and its verification. The vendor's other APIs are not served. */
import type { IncomingHttpHeaders } from 'node:http';
import formBody from '@fastify/formbody';
import type { Credentials } from '../../engine/engine.ts';
import { authenticateWith, parseBasic } from '../../http/credentials.ts';
import { acceptEmptyJson } from '../../http/optional-body.ts';
import type { Dialect } from '../dialect.ts';
import { writeFault } from './errors.ts';
import { DIALECT } from './mapping.ts';
import { addMfaRoutes } from './routes.ts';

export const signalwire: Dialect = {
  name: DIALECT,
  title: 'SignalWire',
  prefix: '/api/relay/rest',
  documentation: 'https://signalwire.com/docs/apis/relay-rest/multi-factor-authentication/request-mfa-sms',
  openapi: {
    version: '1.0.0',
    description:
      'Multi-factor authentication as SignalWire has it: request a token by SMS or call, verify it.',
    securitySchemes: {
      SignalWireBasicAuth: {
        type: 'http',
        scheme: 'basic',
        description: 'The id of the tenant and the secret of a key.',
      },
    },
  },
  async register(scope, context) {
    acceptEmptyJson(scope);
    await scope.register(formBody);
    scope.addHook('onRequest', authenticateWith(context.authenticator, toCredentials, 'verify'));
    addMfaRoutes(scope, context);
  },
  writeFault,
  exampleCurl: ({ baseUrl, tenantId, secret, to }) =>
    `curl ${baseUrl}/mfa/sms -u ${tenantId}:${secret} -H 'Content-Type: application/json' ` +
    `-d '{"to":"${to}"}'`,
};

function toCredentials(headers: IncomingHttpHeaders): Credentials | undefined {
  const basic = parseBasic(headers.authorization);
  return basic && { tenantId: basic.user, secret: basic.secret };
}
