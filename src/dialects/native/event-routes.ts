/** `/events`: what happened to a tenant's verifications and messages. */
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import type { DialectContext } from '../dialect.ts';
import { EventQuery, EventReply } from './event-schema.ts';
import { IdParams } from './fields.ts';
import { fromEvent } from './mapping.ts';
import { fromPage, pageOf, toPageQuery } from './paging.ts';

const tags = ['Events'];

export function addEventRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const list = {
    schema: {
      tags,
      summary: 'List events, newest first',
      querystring: EventQuery,
      response: { 200: pageOf(EventReply) },
    },
  };
  scope.get('/events', list, async (request) => {
    const { limit: _limit, cursor: _cursor, ...filter } = request.query;
    const page = await engine.listEvents(principalOf(request), filter, toPageQuery(request.query));
    return fromPage(page, fromEvent);
  });

  const get = {
    schema: {
      tags,
      summary: 'Read an event',
      params: IdParams,
      response: { 200: EventReply },
    },
  };
  scope.get('/events/:id', get, async (request) =>
    fromEvent(await engine.getEvent(principalOf(request), request.params.id)),
  );
}
