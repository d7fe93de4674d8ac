/** `/messages`: texts with no code of ours, sent and tracked; and the messages of verifications, to read. */
import { nativePolicyOf } from '../../core/tenant-settings.ts';
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { readIdempotency } from '../../http/idempotency.ts';
import type { DialectContext } from '../dialect.ts';
import { IdempotencyHeaders, IdParams } from './fields.ts';
import { fromMessage, toMessageCommand } from './mapping.ts';
import { MessageBody, MessageQuery, MessageReply } from './message-schema.ts';
import { fromPage, pageOf, toPageQuery } from './paging.ts';

const tags = ['Messages'];

export function addMessageRoutes(scope: HttpScope, { engine, settingsOf }: DialectContext): void {
  const create = {
    schema: {
      tags,
      summary: 'Send a text',
      headers: IdempotencyHeaders,
      body: MessageBody,
      response: { 201: MessageReply },
    },
  };
  scope.post('/messages', create, async (request, reply) => {
    const principal = principalOf(request);
    const policy = nativePolicyOf(settingsOf(principal.tenant));
    const command = toMessageCommand(request.body, policy, readIdempotency(request, '/messages'));
    const { message, isReplay } = await engine.sendMessage(principal, command);
    reply.code(201).header('location', `${scope.prefix}/messages/${message.id}`);
    reply.header('otpost-message-id', message.id);
    if (isReplay) reply.header('idempotency-replayed', 'true');
    return fromMessage(message);
  });

  const get = {
    schema: {
      tags,
      summary: 'Read a message and how far it got',
      params: IdParams,
      response: { 200: MessageReply },
    },
  };
  scope.get('/messages/:id', get, async (request) =>
    fromMessage(await engine.getMessage(principalOf(request), request.params.id)),
  );

  const list = {
    schema: {
      tags,
      summary: 'List messages, newest first',
      querystring: MessageQuery,
      response: { 200: pageOf(MessageReply) },
    },
  };
  scope.get('/messages', list, async (request) => {
    const { verificationId } = request.query;
    const filter = verificationId === undefined ? {} : { verificationId };
    const page = await engine.listMessages(principalOf(request), filter, toPageQuery(request.query));
    return fromPage(page, fromMessage);
  });
}
