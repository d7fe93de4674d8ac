/**
 * Gives a scope its one error handler: read what was thrown, log it once where it is ours, set the headers that are
 * the same in every dialect, and let the dialect write the rest.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../lib/logger.ts';
import { engineErrorFrom } from './engine-error-from.ts';
import type { HttpScope } from './http-scope.ts';
import type { RequestFault } from './request-fault.ts';

/** Sends the reply. `Retry-After`, `Allow` and `x-request-id` are already set on it. */
export type FaultWriter = (fault: RequestFault, request: FastifyRequest, reply: FastifyReply) => void;

export function handleFaults(scope: HttpScope, logger: Logger, write: FaultWriter): void {
  scope.setErrorHandler((thrown, request, reply) => {
    const fault = engineErrorFrom(thrown);
    request.fault = fault;
    if (fault.code === 'internal') {
      logger.error(
        { requestId: request.id, route: request.routeOptions.url, err: thrown },
        'request failed unexpectedly',
      );
    }
    const { retryAfterSeconds } = fault.details;
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    if (fault.allow !== undefined) reply.header('allow', fault.allow);
    write(fault, request, reply);
  });
}
