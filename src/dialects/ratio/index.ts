/**
 * Ratio's one-time codes by SMS and e-mail, which end in a session. The vendor's other APIs (wallets, users, activity)
 * are not served.
 */
import type { Tenant } from '../../core/principal.ts';
import { authenticateWith } from '../../http/credentials.ts';
import { acceptTrailingCommas } from '../../http/trailing-commas.ts';
import type { Dialect } from '../dialect.ts';
import { createBearers } from './bearers.ts';
import { CLIENT_ID_HEADER, CLIENT_SECRET_HEADER, toCredentials } from './client.ts';
import { writeFault } from './errors.ts';
import { CALLING_CODES, DIALECT } from './mapping.ts';
import { addAuthenticateRoutes, addSendRoutes } from './routes.ts';

export const ratio: Dialect = {
  name: DIALECT,
  title: 'Ratio',
  prefix: '/v1/auth',
  documentation: 'https://api.ratio.me/v1/api-docs',
  callingCodes: CALLING_CODES,
  openapi: {
    version: '1.0.0',
    description:
      'One-time codes by SMS and e-mail as Ratio has them. Each call needs both the id and the secret of a client; a ' +
      'Bearer is optional and joins the next factor to a session.',
    securitySchemes: {
      ClientId: {
        type: 'apiKey',
        in: 'header',
        name: CLIENT_ID_HEADER,
        description: 'The id of the tenant.',
      },
      ClientSecret: {
        type: 'apiKey',
        in: 'header',
        name: CLIENT_SECRET_HEADER,
        description: 'The secret of a key.',
      },
      Session: {
        type: 'http',
        scheme: 'bearer',
        description: 'The token of a session, which the next factor joins.',
      },
    },
    security: [
      ['ClientId', 'ClientSecret'],
      ['ClientId', 'ClientSecret', 'Session'],
    ],
  },
  async register(scope, context, { callingCodes = CALLING_CODES }) {
    const { engine, authenticator, settingsOf } = context;
    const callingCodesOf = (tenant: Tenant) => settingsOf(tenant).callingCodes[DIALECT] ?? callingCodes;
    const bearers = createBearers(engine);
    acceptTrailingCommas(scope);
    scope.addHook('onRequest', authenticateWith(authenticator, toCredentials, 'verify'));
    scope.addHook('onRequest', bearers.read);
    addSendRoutes(scope, { engine, bearers, callingCodesOf });
    addAuthenticateRoutes(scope, { engine, bearers, callingCodesOf });
  },
  writeFault,
  exampleCurl: ({ baseUrl, tenantId, secret, to }) =>
    `curl ${baseUrl}/otp/sms:send -H '${CLIENT_ID_HEADER}: ${tenantId}' -H '${CLIENT_SECRET_HEADER}: ${secret}' ` +
    `-H 'Content-Type: application/json' -d '{"phoneNumber":"${to}"}'`,
};
