/** The type of a Fastify instance or plug-in scope as this project sets it up, and what it hangs on requests. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { Principal } from '../core/principal.ts';
import type { RequestFault } from './request-fault.ts';

export type HttpScope = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse<IncomingMessage>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling, once the scope's credentials hook has run. */
    principal: Principal | undefined;
    /** Why it was not served, once that is known. */
    fault: RequestFault | undefined;
  }
  interface FastifyContextConfig {
    /** The dialect that a route belongs to, for logs and metrics; absent for the server's own routes. */
    dialect?: string;
  }
}
