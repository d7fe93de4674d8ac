/** `/verifications`: start, look, send again, check, cancel. Each is validate, map, one call, map. */
import type { FastifyReply } from 'fastify';
import { nativePolicyOf } from '../../core/tenant-settings.ts';
import type { StartReply, VerificationListFilter } from '../../engine/engine.ts';
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { readIdempotency } from '../../http/idempotency.ts';
import { defaultToEmptyBody } from '../../http/optional-body.ts';
import type { DialectContext } from '../dialect.ts';
import { EventReply, TimelineQuery } from './event-schema.ts';
import { IdempotencyHeaders, IdParams } from './fields.ts';
import { fromCheck, fromEvent, fromVerification, toStartCommand } from './mapping.ts';
import { fromPage, pageOf, toPageQuery } from './paging.ts';
import * as schema from './verification-schema.ts';

const tags = ['Verifications'];
const VerificationPage = pageOf(schema.VerificationReply);

export function addVerificationRoutes(scope: HttpScope, { engine, settingsOf }: DialectContext): void {
  const create = {
    schema: {
      tags,
      summary: 'Start a verification: make a code and send it',
      headers: IdempotencyHeaders,
      body: schema.StartBody,
      response: { 201: schema.VerificationReply },
    },
  };
  scope.post('/verifications', create, async (request, reply) => {
    const principal = principalOf(request);
    const policy = nativePolicyOf(settingsOf(principal.tenant));
    const command = toStartCommand(request.body, policy, readIdempotency(request, '/verifications'));
    const started = await engine.startVerification(principal, command);
    return sendStarted(reply, `${scope.prefix}/verifications/${started.verification.id}`, started);
  });

  const sendAgain = {
    preValidation: defaultToEmptyBody,
    schema: {
      tags,
      summary: 'Send the code again, by the same or another channel',
      params: IdParams,
      headers: IdempotencyHeaders,
      body: schema.SendBody,
      response: { 201: schema.VerificationReply },
    },
  };
  scope.post('/verifications/:id/sends', sendAgain, async (request, reply) => {
    const verificationId = request.params.id;
    const idempotency = readIdempotency(request, '/verifications/:id/sends');
    const command = { verificationId, ...request.body, idempotency };
    const started = await engine.sendAgain(principalOf(request), command);
    return sendStarted(reply, `${scope.prefix}/verifications/${started.verification.id}`, started);
  });

  const check = {
    schema: {
      tags,
      summary: 'Check a code',
      description: 'A wrong code is an outcome, not an error: the status is 200 whatever the code was.',
      params: IdParams,
      body: schema.CheckBody,
      response: { 200: schema.CheckReply },
    },
  };
  scope.post('/verifications/:id/checks', check, async (request) => {
    const command = { verificationId: request.params.id, code: request.body.code };
    return fromCheck(await engine.checkVerification(principalOf(request), command));
  });

  const cancel = {
    preValidation: defaultToEmptyBody,
    schema: {
      tags,
      summary: 'Cancel a verification: its code is worth nothing from now on',
      params: IdParams,
      body: schema.EmptyBody,
      response: { 200: schema.VerificationReply },
    },
  };
  scope.post('/verifications/:id/cancel', cancel, async (request) =>
    fromVerification(await engine.cancelVerification(principalOf(request), request.params.id)),
  );
}

/** Reading, apart from the calls that change something. */
export function addVerificationReads(scope: HttpScope, { engine }: DialectContext): void {
  const get = {
    schema: {
      tags,
      summary: 'Read a verification, settled ones too',
      params: IdParams,
      response: { 200: schema.VerificationReply },
    },
  };
  scope.get('/verifications/:id', get, async (request) =>
    fromVerification(await engine.getVerification(principalOf(request), request.params.id)),
  );

  const list = {
    schema: {
      tags,
      summary: 'List verifications, newest first',
      querystring: schema.VerificationQuery,
      response: { 200: VerificationPage },
    },
  };
  scope.get('/verifications', list, async (request) => {
    const filter = toFilter(request.query);
    const page = await engine.listVerifications(principalOf(request), filter, toPageQuery(request.query));
    return fromPage(page, fromVerification);
  });

  const search = {
    preValidation: defaultToEmptyBody,
    schema: {
      tags,
      summary: 'List the verifications of an address, newest first',
      description: 'A POST, so that the address is in no URL.',
      body: schema.SearchBody,
      response: { 200: VerificationPage },
    },
  };
  scope.post('/verifications/search', search, async (request) => {
    const filter = toFilter(request.body);
    const page = await engine.listVerifications(principalOf(request), filter, toPageQuery(request.body));
    return fromPage(page, fromVerification);
  });

  const timeline = {
    schema: {
      tags,
      summary: 'What happened to a verification, newest first',
      params: IdParams,
      querystring: TimelineQuery,
      response: { 200: pageOf(EventReply) },
    },
  };
  scope.get('/verifications/:id/events', timeline, async (request) => {
    const principal = principalOf(request);
    // An unknown verification is not found; it does not have an empty timeline.
    const { id: verificationId } = await engine.getVerification(principal, request.params.id);
    const page = await engine.listEvents(principal, { verificationId }, toPageQuery(request.query));
    return fromPage(page, fromEvent);
  });
}

interface Selection {
  readonly to?: string;
  readonly status?: VerificationListFilter['state'];
}

function toFilter({ to, status }: Selection): VerificationListFilter {
  return { ...(to === undefined ? {} : { to }), ...(status === undefined ? {} : { state: status }) };
}

function sendStarted(reply: FastifyReply, location: string, { verification, message, isReplay }: StartReply) {
  reply.code(201).header('location', location);
  reply.header('otpost-verification-id', verification.id).header('otpost-message-id', message.id);
  if (isReplay) reply.header('idempotency-replayed', 'true');
  return fromVerification(verification);
}
