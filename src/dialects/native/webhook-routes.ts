/** `/webhook-endpoints`: where events go, what became of them, and sending them again. */
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { defaultToEmptyBody } from '../../http/optional-body.ts';
import type { DialectContext } from '../dialect.ts';
import { fromPage, pageOf, toPageQuery } from './paging.ts';
import { EmptyBody } from './verification-schema.ts';
import { fromDelivery, fromEndpoint, toEndpointChange, toReplayCommand } from './webhook-mapping.ts';
import * as schema from './webhook-schema.ts';

const tags = ['Webhooks'];
const ENDPOINTS = '/webhook-endpoints';
const ENDPOINT = `${ENDPOINTS}/:id`;

export function addWebhookEndpointRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const create = {
    schema: {
      tags,
      summary: 'Register an endpoint',
      description: 'The secret is in this reply and in no other.',
      body: schema.EndpointBody,
      response: { 201: schema.CreatedEndpoint },
    },
  };
  scope.post(ENDPOINTS, create, async (request, reply) => {
    const { endpoint, secret } = await engine.createWebhookEndpoint(principalOf(request), request.body);
    reply.code(201).header('location', `${scope.prefix}${ENDPOINTS}/${endpoint.id}`);
    reply.header('cache-control', 'no-store');
    return { ...fromEndpoint(endpoint), secret };
  });

  const list = {
    schema: { tags, summary: 'List all endpoints', response: { 200: schema.EndpointList } },
  };
  scope.get(ENDPOINTS, list, async (request) => {
    const endpoints = await engine.listWebhookEndpoints(principalOf(request));
    return { items: endpoints.map(fromEndpoint) };
  });

  const get = {
    schema: {
      tags,
      summary: 'Read an endpoint',
      params: schema.EndpointParams,
      response: { 200: schema.EndpointReply },
    },
  };
  scope.get(ENDPOINT, get, async (request) =>
    fromEndpoint(await engine.getWebhookEndpoint(principalOf(request), request.params.id)),
  );

  const change = {
    schema: {
      tags,
      summary: 'Change an endpoint; what is left out stays',
      params: schema.EndpointParams,
      body: schema.EndpointPatch,
      response: { 200: schema.EndpointReply },
    },
  };
  scope.patch(ENDPOINT, change, async (request) => {
    const asked = toEndpointChange(request.body);
    return fromEndpoint(await engine.updateWebhookEndpoint(principalOf(request), request.params.id, asked));
  });

  const remove = {
    schema: {
      tags,
      summary: 'Delete an endpoint; what waits for it fails',
      params: schema.EndpointParams,
      response: { 204: { type: 'null', description: 'Deleted' } },
    },
  };
  scope.delete(ENDPOINT, remove, async (request, reply) => {
    await engine.deleteWebhookEndpoint(principalOf(request), request.params.id);
    reply.code(204);
  });
}

export function addWebhookDeliveryRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const rotate = {
    preValidation: defaultToEmptyBody,
    schema: {
      tags,
      summary: 'Make a new secret; the one before signs beside it for a day',
      params: schema.EndpointParams,
      body: EmptyBody,
      response: { 201: schema.SecretReply },
    },
  };
  scope.post(`${ENDPOINT}/secret`, rotate, async (request, reply) => {
    reply.code(201).header('cache-control', 'no-store');
    return engine.rotateWebhookSecret(principalOf(request), request.params.id);
  });

  const test = {
    preValidation: defaultToEmptyBody,
    schema: {
      tags,
      summary: 'Send an endpoint.tested event to it now',
      params: schema.EndpointParams,
      body: EmptyBody,
      response: { 202: schema.DeliveryReply },
    },
  };
  scope.post(`${ENDPOINT}/test`, test, async (request, reply) => {
    reply.code(202);
    return fromDelivery(await engine.testWebhookEndpoint(principalOf(request), request.params.id));
  });

  const list = {
    schema: {
      tags,
      summary: 'List the deliveries to an endpoint, newest first',
      params: schema.EndpointParams,
      querystring: schema.DeliveryQuery,
      response: { 200: pageOf(schema.DeliveryReply) },
    },
  };
  scope.get(`${ENDPOINT}/deliveries`, list, async (request) => {
    const { status } = request.query;
    const filter = status === undefined ? {} : { state: status };
    const query = toPageQuery(request.query);
    const page = await engine.listWebhookDeliveries(principalOf(request), request.params.id, filter, query);
    return fromPage(page, fromDelivery);
  });

  const replay = {
    schema: {
      tags,
      summary: 'Send a delivery again, or all that failed since an instant',
      description: 'The webhook-id stays what it was, so a receiver that has it already can drop it.',
      params: schema.EndpointParams,
      body: schema.ReplayBody,
      response: { 202: schema.ReplayReply },
    },
  };
  scope.post(`${ENDPOINT}/replay`, replay, async (request, reply) => {
    reply.code(202);
    return engine.replayWebhooks(principalOf(request), request.params.id, toReplayCommand(request.body));
  });
}
