/** `/recipients`: lifting what a recipient's wrong codes have brought on. The address is in the body, never in a URL. */
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import type { DialectContext } from '../dialect.ts';
import { closedObject, fields } from './fields.ts';

const UnblockBody = closedObject({ to: fields.to }, { title: 'Unblock' });

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
