/** `/get/token`: the tokens that every other call wants. Ordinary OAuth clients use `/oauth2/token`, which gives the same. */
import { EngineError } from '../../core/errors.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { readLoosely } from '../../http/loose-body.ts';
import type { DialectContext } from '../dialect.ts';
import { errorReplies } from './errors.ts';
import { fromToken } from './mapping.ts';
import { TokenBody, TokenReply } from './schema.ts';

const BASIC = /^Basic\b/i;

export function addTokenRoutes(scope: HttpScope, { engine, authenticator }: DialectContext): void {
  const token = {
    preValidation: readLoosely(TokenBody),
    schema: {
      summary: 'Get an access token',
      consumes: ['application/json', 'application/x-www-form-urlencoded'],
      security: [],
      body: TokenBody,
      response: { 200: TokenReply, ...errorReplies },
    },
  };
  scope.addHook('onRequest', (request, _reply, done) => {
    const isBasic = BASIC.test(request.headers.authorization ?? '');
    done(isBasic ? credentialsInHeader() : undefined);
  });
  scope.post('/get/token', token, async (request, reply) => {
    const { client_id: tenantId, client_secret: secret } = request.body;
    const principal = await authenticator.authenticate(request, { tenantId, secret });
    request.principal = principal;
    // RFC 6749 §5.1.
    reply.header('cache-control', 'no-store');
    return fromToken(await engine.issueAccessToken(principal));
  });
}

function credentialsInHeader(): EngineError {
  return new EngineError('invalid_request', 'Credentials are taken from the body only.', {
    field: 'authorization',
  });
}
