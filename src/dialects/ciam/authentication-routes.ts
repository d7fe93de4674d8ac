/** `/deviceAuthentications`: an OTP by SMS or e-mail, or one that an authenticator app shows, and its validation. */
import { EngineError } from '../../core/errors.ts';
import type { Principal } from '../../core/principal.ts';
import type { CheckOutcomeKind } from '../../core/verification.ts';
import type { Engine } from '../../engine/engine.ts';
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { readLoosely } from '../../http/loose-body.ts';
import type { DialectContext } from '../dialect.ts';
import { errorReplies, writeOutcome } from './errors.ts';
import { fromApproval, fromStart, readDeviceType, toDeviceCommand, toStartCommand } from './mapping.ts';
import { AuthIdParams, CheckBody, CheckReply, StartBody, StartReply } from './schema.ts';

export function addAuthenticationRoutes(scope: HttpScope, { engine, clock }: DialectContext): void {
  const start = {
    preValidation: readLoosely(StartBody),
    schema: {
      summary: 'Request an OTP',
      body: StartBody,
      response: { 201: StartReply, ...errorReplies },
    },
  };
  scope.post('/deviceAuthentications', start, async (request, reply) => {
    const { body } = request;
    const principal = principalOf(request);
    const type = readDeviceType(body.deviceType);
    reply.code(201);
    if (type === 'TOTP') {
      const { id } = await engine.startDeviceVerification(principal, toDeviceCommand(body));
      return fromStart(id, type);
    }
    const { verification } = await engine.startVerification(principal, toStartCommand(body, type));
    reply.header('otpost-verification-id', verification.id);
    return fromStart(verification.id, type);
  });

  const check = {
    preValidation: readLoosely(CheckBody),
    schema: {
      summary: 'Validate an OTP',
      params: AuthIdParams,
      body: CheckBody,
      response: { 200: CheckReply, ...errorReplies },
    },
  };
  scope.post('/deviceAuthentications/:authId', check, async (request, reply) => {
    const { authId } = request.params;
    const outcome = await checkEither(engine, principalOf(request), authId, request.body.otp);
    return outcome === 'approved' ? fromApproval() : writeOutcome(outcome, { request, reply, clock });
  });
}

/** An id does not tell what was started; clients need not say it either. Nothing is counted for an id that is not found. */
async function checkEither(
  engine: Engine,
  principal: Principal,
  verificationId: string,
  code: string,
): Promise<CheckOutcomeKind> {
  try {
    return (await engine.checkVerification(principal, { verificationId, code })).outcome;
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'not_found') throw error;
    return (await engine.checkDeviceVerification(principal, { verificationId, code })).outcome;
  }
}
