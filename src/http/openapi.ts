/**
 * Collects the OpenAPI 3.1 description of a scope's routes from their schemas. Serving it is docs-routes.ts.
 */
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
    transform: ({ schema, url }) => ({ schema: withFaults(schema, faultReply), url }),
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
 * Here and not on the routes, where Fastify would compile two serializers for each: that doubles the time to start, for
 * replies that are seldom sent.
 */
function withFaults(
  schema: FastifySchema | undefined,
  faultReply: FaultReplySchema | undefined,
): FastifySchema {
  if (faultReply === undefined || schema?.hide === true) return schema ?? {};
  const { mediaType, schema: body } = faultReply;
  const reply = { description: 'Not served', content: { [mediaType]: { schema: body } } };
  return { ...schema, response: { ...(schema?.response as object), '4xx': reply, '5xx': reply } };
}
