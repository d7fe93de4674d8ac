/**
 * `/recipients`: checking a code by whom it was sent to, and lifting what wrong codes have brought on. An address is in
 * the body, never in a URL.
 */
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import type { DialectContext } from '../dialect.ts';
import { closedObject, fields, IdParams } from './fields.ts';
import { fromCheck } from './mapping.ts';
import { CheckReply, RecipientCheckBody } from './verification-schema.ts';

const UnblockBody = closedObject({ to: fields.to }, { title: 'Unblock' });

export function addRecipientChecks(scope: HttpScope, { engine }: DialectContext): void {
  const check = {
    schema: {
      tags: ['Recipients'],
      summary: 'Check a code against the newest verification of a recipient',
      description: 'The one that is pending; where none is, the outcome is that of the newest settled one.',
      params: IdParams,
      body: RecipientCheckBody,
      response: { 200: CheckReply },
    },
  };
  scope.post('/recipients/:id/checks', check, async (request) => {
    const command = { recipientId: request.params.id, ...request.body };
    return fromCheck(await engine.checkNewest(principalOf(request), command));
  });
}

export function addRecipientRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const unblock = {
    schema: {
      tags: ['Recipients'],
      summary: 'Forget the wrong codes of a recipient who is blocked or disabled',
      body: UnblockBody,
      response: {
        204: { type: 'null', description: 'Done, whether or not there was a block' },
      },
    },
  };
  scope.post('/recipients/unblock', unblock, async (request, reply) => {
    await engine.liftBlock(principalOf(request), request.body.to);
    reply.code(204);
  });
}
