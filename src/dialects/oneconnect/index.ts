/**
 * OneConnect's SMS authenticator: it makes and sends a code and tells the caller, who compares it. The only dialect
 * that discloses codes. The vendor's other APIs are not served.
 */
import type { IncomingHttpHeaders } from 'node:http';
import formBody from '@fastify/formbody';
import type { Credentials } from '../../engine/engine.ts';
import { authenticateWith, parseBasic } from '../../http/credentials.ts';
import { acceptEmptyJson } from '../../http/optional-body.ts';
import type { Dialect } from '../dialect.ts';
import { callbacks } from './callbacks.ts';
import { writeFault } from './errors.ts';
import { DIALECT } from './mapping.ts';
import { addOneconnectRoutes } from './routes.ts';

export const oneconnect: Dialect = {
  name: DIALECT,
  title: 'OneConnect',
  prefix: '/api/v1',
  documentation: 'https://oneconnect.uno/',
  openapi: {
    version: '1.0.0',
    description:
      'SMS authenticator as OneConnect has it: a code goes out by SMS and comes back in the reply.',
    securitySchemes: {
      basic: {
        type: 'http',
        scheme: 'basic',
        description: 'The e-mail address of the tenant and the secret of a key.',
      },
    },
  },
  async register(scope, context) {
    acceptEmptyJson(scope);
    await scope.register(formBody);
    scope.addHook('onRequest', authenticateWith(context.authenticator, toCredentials, 'verify'));
    addOneconnectRoutes(scope, context);
  },
  writeFault,
  callbacks,
  exampleCurl: ({ baseUrl, email, secret, to }) =>
    `curl ${baseUrl}/mfa/sms_auth -u '${email}:${secret}' -d phone_number=${to.slice(1)} -d length=6`,
};

function toCredentials(headers: IncomingHttpHeaders): Credentials | undefined {
  const basic = parseBasic(headers.authorization);
  return basic && { email: basic.user, secret: basic.secret };
}
