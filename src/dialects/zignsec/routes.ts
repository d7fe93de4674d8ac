/** Sessions: send a text, and look how far it got. */
import { EngineError } from '../../core/errors.ts';
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { readLoosely } from '../../http/loose-body.ts';
import type { DialectContext } from '../dialect.ts';
import { errorReplies } from './errors.ts';
import { fromCreated, fromSession, toMessageCommand } from './mapping.ts';
import { CreatedReply, IdParams, SessionBody, SessionReply } from './schema.ts';

export function addSessionRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const create = {
    preValidation: readLoosely(SessionBody),
    schema: {
      summary: 'Send an SMS for two-factor authentication',
      body: SessionBody,
      response: { 200: CreatedReply, ...errorReplies },
    },
  };
  scope.post('/two_factor_auth/sms', create, async (request, reply) => {
    const { message } = await engine.sendMessage(principalOf(request), toMessageCommand(request.body));
    reply.header('otpost-message-id', message.id);
    return fromCreated(message);
  });

  const get = {
    schema: {
      summary: 'Check the status of a sent SMS',
      params: IdParams,
      response: { 200: SessionReply, ...errorReplies },
    },
  };
  scope.get('/:id', get, async (request) => {
    const session = fromSession(await engine.getMessage(principalOf(request), request.params.id));
    if (session === undefined) throw new EngineError('not_found', 'There is no such resource.');
    return session;
  });
}
