/**
 * Collects the OpenAPI 3.1 description of a scope's routes from their schemas. Serving it is docs-routes.ts.
 */
import swagger from '@fastify/swagger';
import type { HttpScope } from './http-scope.ts';

export interface OpenapiFacts {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly documentation: string;
  /** Security scheme objects by name; an operation needs one of them. */
  readonly securitySchemes: Readonly<Record<string, object>>;
  /** `/`, or `//host/` where the scope is served on one host name only. */
  readonly serverUrl: string;
}

/** An OpenAPI 3.1 document; nobody here looks into it. */
export type OpenapiDocument = object;

/**
 * Call it before the scope's routes are added.
 *
 * @returns the document, which can be asked for once the server is ready; made on the first call
 */
export async function collectOpenapi(scope: HttpScope, facts: OpenapiFacts): Promise<() => OpenapiDocument> {
  const { title, version, description, documentation, securitySchemes, serverUrl } = facts;
  await scope.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version, description },
      servers: [{ url: serverUrl }],
      components: { securitySchemes: securitySchemes as never },
      security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
      externalDocs: { url: documentation, description: 'Documentation' },
    },
  });
  return () => scope.swagger();
}
