/**
 * CIAM's multi-factor authentication: OTPs by SMS, e-mail and authenticator app behind access tokens. FIDO, security
 * keys and risk evaluation are not served.
 */
import formBody from '@fastify/formbody';
import { parseBearer } from '../../http/credentials.ts';
import { acceptTrailingCommas } from '../../http/trailing-commas.ts';
import type { Dialect } from '../dialect.ts';
import { addAuthenticationRoutes } from './authentication-routes.ts';
import { addDeviceListRoutes, addDeviceRoutes } from './device-routes.ts';
import { writeFault } from './errors.ts';
import { DIALECT } from './mapping.ts';
import { addTokenRoutes } from './token-routes.ts';

export const ciam: Dialect = {
  name: DIALECT,
  title: 'CIAM MFA',
  prefix: '/ciam-mfa/v2',
  documentation: 'https://github.com/Fiserv/identity-and-access-management',
  openapi: {
    version: '2.0.0',
    description:
      'Multi-factor authentication as CIAM has it: request an OTP by SMS, e-mail or authenticator app, validate it.',
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'What /get/token or /oauth2/token gave.' },
    },
  },
  async register(scope, context) {
    const { authenticator } = context;
    acceptTrailingCommas(scope);
    await scope.register(async (inner) => {
      await inner.register(formBody);
      addTokenRoutes(inner, context);
    });
    await scope.register(async (inner) => {
      inner.addHook('onRequest', async (request) => {
        const token = parseBearer(request.headers.authorization);
        request.principal = await authenticator.authenticateToken(request, token, 'verify');
      });
      addAuthenticationRoutes(inner, context);
      addDeviceRoutes(inner, context);
      addDeviceListRoutes(inner, context);
    });
  },
  writeFault,
  exampleCurl: ({ baseUrl, tenantId, secret }) =>
    `curl ${baseUrl}/get/token -d grant_type=client_credentials -d client_id=${tenantId} -d client_secret=${secret}`,
};
