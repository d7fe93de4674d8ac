/** The native API: what the engine can do, in its own words. Vendors' words are the other dialects' business. */
import type { Scope } from '../../core/principal.ts';
import { authenticateBearer } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { acceptEmptyJson } from '../../http/optional-body.ts';
import { PROBLEM_MEDIA_TYPE } from '../../http/problem.ts';
import type { Dialect, DialectContext } from '../dialect.ts';
import { addBalanceRoutes } from './balance-routes.ts';
import { addDeviceRoutes, addSubjectRoutes } from './device-routes.ts';
import { ProblemReply, writeFault } from './errors.ts';
import { addEventRoutes } from './event-routes.ts';
import { DIALECT } from './mapping.ts';
import { addMessageRoutes } from './message-routes.ts';
import { addRecipientChecks, addRecipientRoutes } from './recipient-routes.ts';
import { addTemplateRoutes } from './template-routes.ts';
import { addVerificationReads, addVerificationRoutes } from './verification-routes.ts';
import { addWebhookDeliveryRoutes, addWebhookEndpointRoutes } from './webhook-routes.ts';

type AddRoutes = (scope: HttpScope, context: DialectContext) => void;

/** Which scope a key needs for what. */
const ROUTES_BY_SCOPE: Readonly<Record<Scope, readonly AddRoutes[]>> = {
  verify: [addVerificationRoutes, addVerificationReads, addRecipientChecks, addDeviceRoutes],
  messages: [addMessageRoutes],
  manage: [
    addBalanceRoutes,
    addTemplateRoutes,
    addEventRoutes,
    addRecipientRoutes,
    addSubjectRoutes,
    addWebhookEndpointRoutes,
    addWebhookDeliveryRoutes,
  ],
};

export const native: Dialect = {
  name: DIALECT,
  title: 'Otpost',
  prefix: '/otp/v1',
  documentation: '/docs',
  openapi: {
    version: '1.0.0',
    description:
      'Verifications, messages and what happened to them. Errors are RFC 9457 problem documents with a stable `code`. ' +
      'Unknown fields are refused by name. `Idempotency-Key` is honoured on every POST that sends.',
    faultReply: { mediaType: PROBLEM_MEDIA_TYPE, schema: ProblemReply },
    securitySchemes: {
      secret: { type: 'http', scheme: 'bearer', description: 'The secret of a key, or an access token.' },
    },
  },
  async register(scope, context) {
    acceptEmptyJson(scope);
    for (const [needed, adders] of Object.entries(ROUTES_BY_SCOPE) as [Scope, readonly AddRoutes[]][]) {
      await scope.register(async (inner) => {
        inner.addHook('onRequest', authenticateBearer(context.authenticator, needed));
        for (const addRoutes of adders) addRoutes(inner, context);
      });
    }
  },
  writeFault,
  exampleCurl: ({ baseUrl, secret, to }) =>
    `curl ${baseUrl}/verifications -H 'Authorization: Bearer ${secret}' -H 'Content-Type: application/json' ` +
    `-d '{"to":"${to}"}'`,
};
