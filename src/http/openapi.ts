/**
 * Collects the OpenAPI 3.1 description of a scope's routes from their schemas. Serving it is docs-routes.ts.
 */
import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import type { HttpScope } from './http-scope.ts';

export interface OpenapiFacts {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly documentation: string;
  /** Security scheme objects by name; an operation needs one of them, unless `security` says more. */
  readonly securitySchemes: Readonly<Record<string, object>>;
  /** Sets of names, each of which is enough. */
  readonly security?: readonly (readonly string[])[];
  /** Documented for every operation as its replies 4XX and 5XX. */
  readonly faultReply?: FaultReplySchema;
  /** `/`, or `//host/` where the scope is served on one host name only. */
  readonly serverUrl: string;
}

export interface FaultReplySchema {
  readonly mediaType: string;
  readonly schema: object;
}

/** An OpenAPI 3.1 document; nobody here looks into it. */
export type OpenapiDocument = object;

/**
 * Call it before the scope's routes are added.
 *
 * @returns the document, which can be asked for once the server is ready; made on the first call
 */
export async function collectOpenapi(scope: HttpScope, facts: OpenapiFacts): Promise<() => OpenapiDocument> {
  const { title, version, description, documentation, securitySchemes, serverUrl, faultReply } = facts;
  const { security = Object.keys(securitySchemes).map((name) => [name]) } = facts;
  await scope.register(swagger, {
    transform: ({ schema, url }) => ({ schema: describeReplies(schema, faultReply), url }),
    openapi: {
      openapi: '3.1.0',
      info: { title, version, description },
      servers: [{ url: serverUrl }],
      components: { securitySchemes: securitySchemes as never },
      security: security.map((names) => Object.fromEntries(names.map((name) => [name, []]))),
      externalDocs: { url: documentation, description: 'Documentation' },
    },
  });
  return () => scope.swagger();
}

/**
 * Names each reply after its status and adds those of faults. Here and not on the routes, where Fastify would compile two
 * serializers for each: that doubles the time to start, for replies that are seldom sent.
 */
function describeReplies(
  schema: FastifySchema | undefined,
  faultReply: FaultReplySchema | undefined,
): FastifySchema {
  if (schema?.hide === true) return schema;
  const replies = Object.entries((schema?.response ?? {}) as Readonly<Record<string, object>>);
  const response = Object.fromEntries(
    replies.map(([status, reply]) => {
      const ofStatus = STATUS_CODES[status] ?? NOT_SERVED;
      return [status, 'description' in reply ? reply : { ...reply, 'x-response-description': ofStatus }];
    }),
  );
  if (faultReply === undefined) return { ...schema, response };
  const { mediaType, schema: body } = faultReply;
  const fault = { description: NOT_SERVED, content: { [mediaType]: { schema: body } } };
  return { ...schema, response: { ...response, '4xx': fault, '5xx': fault } };
}

/** Of a whole class of statuses. */
const NOT_SERVED = 'Not served';
