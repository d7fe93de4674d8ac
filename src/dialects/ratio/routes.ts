/** `:send` and `:authenticate`, by SMS and by e-mail. Fastify wants the colon of such a path doubled. */
import { EngineError } from '../../core/errors.ts';
import type { Principal, Tenant } from '../../core/principal.ts';
import type { Engine, Session, VerificationView } from '../../engine/engine.ts';
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { readLoosely } from '../../http/loose-body.ts';
import type { Bearers } from './bearers.ts';
import { errorReplies } from './errors.ts';
import {
  fromEmailStart,
  fromSmsStart,
  purposeOf,
  type RatioChannel,
  toFactor,
  toRecipientId,
  toStartCommand,
} from './mapping.ts';
import * as schema from './schema.ts';

export interface RatioRoutesDeps {
  readonly engine: Engine;
  readonly bearers: Bearers;
  readonly callingCodesOf: (tenant: Tenant) => readonly string[];
}

export function addSendRoutes(scope: HttpScope, { engine, callingCodesOf }: RatioRoutesDeps): void {
  const send = async (principal: Principal, to: string, channel: RatioChannel) => {
    const command = toStartCommand(to, channel, principal.mode, callingCodesOf(principal.tenant));
    return (await engine.startVerification(principal, command)).verification;
  };

  const sms = {
    preValidation: readLoosely(schema.SmsSendBody),
    schema: {
      summary: 'Send a one-time code by SMS',
      body: schema.SmsSendBody,
      response: { 200: schema.SmsSendReply, ...errorReplies },
    },
  };
  scope.post('/otp/sms::send', sms, async (request, reply) => {
    const verification = await send(principalOf(request), request.body.phoneNumber, 'sms');
    reply.header('otpost-verification-id', verification.id);
    return fromSmsStart(verification);
  });

  const email = {
    preValidation: readLoosely(schema.EmailSendBody),
    schema: {
      summary: 'Send a one-time code by e-mail',
      body: schema.EmailSendBody,
      response: { 200: schema.EmailSendReply, ...errorReplies },
    },
  };
  scope.post('/otp/email::send', email, async (request, reply) => {
    const verification = await send(principalOf(request), request.body.emailAddress, 'email');
    reply.header('otpost-verification-id', verification.id);
    return fromEmailStart(verification);
  });
}

export function addAuthenticateRoutes(scope: HttpScope, { engine, bearers }: RatioRoutesDeps): void {
  const sms = {
    preValidation: readLoosely(schema.SmsAuthenticateBody),
    schema: {
      summary: 'Authenticate with a code that came by SMS',
      body: schema.SmsAuthenticateBody,
      response: { 200: schema.SessionReply, ...errorReplies },
    },
  };
  scope.post('/otp/sms::authenticate', sms, async (request) => {
    const { phoneId: id, otp } = request.body;
    const continues = bearers.sessionOf(request);
    const proof = { channel: 'sms', id, otp, continues } as const;
    return { sessionJwt: await authenticate(engine, principalOf(request), proof) };
  });

  const email = {
    preValidation: readLoosely(schema.EmailAuthenticateBody),
    schema: {
      summary: 'Authenticate with a code that came by e-mail',
      body: schema.EmailAuthenticateBody,
      response: { 200: schema.SessionReply, ...errorReplies },
    },
  };
  scope.post('/otp/email::authenticate', email, async (request) => {
    const { emailId: id, otp } = request.body;
    const continues = bearers.sessionOf(request);
    const proof = { channel: 'email', id, otp, continues } as const;
    return { sessionJwt: await authenticate(engine, principalOf(request), proof) };
  });
}

interface Proof {
  readonly channel: RatioChannel;
  readonly id: string;
  readonly otp: string;
  readonly continues: Session | undefined;
}

/** @returns the token of a session that has this factor */
async function authenticate(engine: Engine, principal: Principal, proof: Proof): Promise<string> {
  const verification = await check(engine, principal, proof);
  const { channel, continues } = proof;
  const { jwt } = await engine.issueSession(principal, {
    recipientId: verification.recipientId,
    factor: toFactor(verification, channel),
    ...(continues && { continues }),
  });
  return jwt;
}

/** @throws EngineError `verification_settled` for a code that is wrong, used or too old, `not_found` for an id that names nobody */
async function check(
  engine: Engine,
  principal: Principal,
  { channel, id, otp }: Proof,
): Promise<VerificationView> {
  const { mode } = principal;
  const { outcome, verification } = await engine
    .checkNewest(principal, {
      recipientId: toRecipientId(id, channel, mode),
      purpose: purposeOf(channel, mode),
      code: otp,
    })
    .catch((error: unknown) => {
      if (!(error instanceof EngineError) || error.code !== 'not_found') throw error;
      const field = channel === 'sms' ? 'phoneId' : 'emailId';
      throw new EngineError('not_found', `No code was sent for this ${field}.`, { field });
    });
  if (outcome === 'approved') return verification;
  if (outcome === 'locked') {
    throw new EngineError('limit_exceeded', 'Too many codes were tried; send a new one.', {
      limit: 'checks-per-verification',
    });
  }
  throw new EngineError('verification_settled', 'The code is wrong, or it has expired or been used.');
}
