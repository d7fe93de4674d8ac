/** How the native API says that a request was not served: problem documents, whose table is http/problem.ts. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { writeProblem } from '../../http/problem.ts';
import type { RequestFault } from '../../http/request-fault.ts';

/** RFC 6750 §3. */
const CHALLENGE = 'Bearer realm="otpost"';

export function writeFault(fault: RequestFault, _request: FastifyRequest, reply: FastifyReply): void {
  if (fault.code === 'unauthenticated') reply.header('www-authenticate', CHALLENGE);
  writeProblem(fault, reply);
}

export const ProblemReply = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Stable; listed in docs/errors.md.' }),
    field: Type.Optional(Type.String()),
    limit: Type.Optional(Type.String()),
    retryAfterSeconds: Type.Optional(Type.Integer()),
    faults: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  },
  { title: 'Problem' },
);
