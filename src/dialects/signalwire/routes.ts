/** `/mfa`: request a token by SMS or call, and verify it. */
import { EngineError } from '../../core/errors.ts';
import type { Principal } from '../../core/principal.ts';
import type { Engine } from '../../engine/engine.ts';
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { readLoosely } from '../../http/loose-body.ts';
import type { DialectContext } from '../dialect.ts';
import { errorReplies } from './errors.ts';
import { fromStart, type MfaChannel, toStartCommand } from './mapping.ts';
import { IdParams, RequestBody, RequestReply, VerifyBody, VerifyReply } from './schema.ts';

const MEDIA_TYPES = ['application/json', 'application/x-www-form-urlencoded'];

const SUMMARIES: Readonly<Record<MfaChannel, string>> = {
  sms: 'Request a MFA token via text message',
  call: 'Request a MFA token via phone call',
};

export function addMfaRoutes(scope: HttpScope, { engine }: DialectContext): void {
  for (const channel of ['sms', 'call'] as const) {
    const create = {
      preValidation: readLoosely(RequestBody),
      schema: {
        summary: SUMMARIES[channel],
        consumes: MEDIA_TYPES,
        body: RequestBody,
        response: { 200: RequestReply, ...errorReplies },
      },
    };
    scope.post(`/mfa/${channel}`, create, async (request, reply) => {
      const { body } = request;
      const started = await engine.startVerification(principalOf(request), toStartCommand(body, channel));
      reply.header('otpost-verification-id', started.verification.id);
      return fromStart(started, body.to, channel);
    });
  }

  const verify = {
    preValidation: readLoosely(VerifyBody),
    schema: {
      summary: 'Verify a token',
      consumes: MEDIA_TYPES,
      params: IdParams,
      body: VerifyBody,
      response: { 200: VerifyReply, ...errorReplies },
    },
  };
  scope.post('/mfa/:id/verify', verify, async (request) => {
    const success = await isRight(engine, principalOf(request), request.params.id, request.body.token);
    return { success };
  });
}

/** @throws EngineError `not_found` for what can no longer be verified, whatever the reason */
async function isRight(engine: Engine, principal: Principal, id: string, token: string): Promise<boolean> {
  const outcome = await check(engine, principal, id, token);
  if (outcome !== 'approved' && outcome !== 'incorrect') {
    throw new EngineError('not_found', 'This request can no longer be verified.');
  }
  return outcome === 'approved';
}

/**
 * A token that cannot be a code is just a wrong one to this vendor. The engine refuses it without a look-up and
 * without counting it, so whether the request is still live has to be asked.
 */
async function check(engine: Engine, principal: Principal, verificationId: string, token: string) {
  try {
    return (await engine.checkVerification(principal, { verificationId, code: token })).outcome;
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'invalid_request') throw error;
    const { state } = await engine.getVerification(principal, verificationId);
    return state === 'pending' ? 'incorrect' : 'settled';
  }
}
