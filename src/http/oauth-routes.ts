/**
 * `POST /oauth2/token`: access tokens for client credentials, so that ordinary OAuth clients need nothing of ours. No
 * other grant; a vendor's own token endpoint is its dialect's.
 *
 * @see RFC 6749 §4.4, with §2.3.1 (client authentication), §3.3 (scope), §5.1 and §5.2 (replies)
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Credentials, Engine } from '../engine/engine.ts';
import type { Logger } from '../lib/logger.ts';
import { type Authenticator, parseBasic } from './credentials.ts';
import { handleFaults } from './fault-handling.ts';
import type { HttpScope } from './http-scope.ts';
import { PROBLEMS } from './problem.ts';
import { type RequestFault, TRANSPORT_STATUS, TransportError } from './request-fault.ts';

export interface OauthDeps {
  readonly engine: Pick<Engine, 'issueAccessToken'>;
  readonly authenticator: Authenticator;
  readonly logger: Logger;
}

const PATH = '/oauth2/token';
const FORM = 'application/x-www-form-urlencoded';
const GRANT = 'client_credentials';
/** RFC 6749 §5.2 asks for it where the client used Basic, RFC 9110 §15.5.2 with every 401. */
const CHALLENGE = 'Basic realm="otpost"';

type OauthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable'
  | 'server_error';

export async function addOauthRoutes(app: HttpScope, deps: OauthDeps): Promise<void> {
  await app.register(async (scope) => addTokenRoute(scope, deps));
}

function addTokenRoute(scope: HttpScope, { engine, authenticator, logger }: OauthDeps): void {
  // Only a form is read; a body of any other type is refused as one that cannot be.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(body as string)),
  );
  handleFaults(scope, logger, writeFault);
  // RFC 6749 §5.1, on every reply.
  scope.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
    done();
  });

  scope.post(PATH, async (request, reply) => {
    const form = readForm(request.body);
    if (!form) return refuse(reply, 400, 'invalid_request', 'Each parameter is given once, in a form.');
    const client = readClient(request, form);
    if (client === 'both') {
      return refuse(reply, 400, 'invalid_request', 'Credentials are given in the header or in the body.');
    }
    const principal = await authenticator.authenticate(request, client);
    request.principal = principal;
    const grant = form.get('grant_type');
    if (grant === undefined) return refuse(reply, 400, 'invalid_request', 'grant_type is missing.');
    if (grant !== GRANT) {
      return refuse(reply, 400, 'unsupported_grant_type', `The only grant here is ${GRANT}.`);
    }
    const asked = form.get('scope')?.split(' ');
    const { token, expiresInSeconds, scopes } = await engine.issueAccessToken(principal, asked);
    return {
      access_token: token,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      scope: scopes.join(' '),
    };
  });

  scope.route({
    url: PATH,
    method: scope.supportedMethods.filter((method) => method !== 'POST'),
    onRequest: (_request, _reply, done) =>
      done(new TransportError('method_not_allowed', 'wrong method', 'POST')),
    handler: () => undefined,
  });
}

/** RFC 6749 §3.2: a parameter without a value is as good as omitted, none is given twice. */
function readForm(body: unknown): ReadonlyMap<string, string> | undefined {
  if (!(body instanceof URLSearchParams)) return undefined;
  const form = new Map<string, string>();
  for (const [name, value] of body) {
    if (form.has(name)) return undefined;
    form.set(name, value);
  }
  for (const [name, value] of form) if (value === '') form.delete(name);
  return form;
}

function readClient(
  request: FastifyRequest,
  form: ReadonlyMap<string, string>,
): Credentials | 'both' | undefined {
  const { authorization } = request.headers;
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  if (authorization !== undefined) {
    if (secret !== undefined) return 'both';
    const basic = parseBasic(authorization);
    const user = basic && decodeForm(basic.user);
    const password = basic && decodeForm(basic.secret);
    if (user === undefined || password === undefined) return undefined;
    // RFC 6749 §3.2.1 lets client_id stand in the body as well; it has to be the same one.
    if (id !== undefined && id !== user) return undefined;
    return { tenantId: user, secret: password };
  }
  return id === undefined || secret === undefined ? undefined : { tenantId: id, secret };
}

/** RFC 6749 §2.3.1: what Basic carries is form-encoded first. */
function decodeForm(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function writeFault(fault: RequestFault, _request: FastifyRequest, reply: FastifyReply): void {
  const { code, transport, message } = fault;
  if (code === 'unauthenticated') {
    reply.header('www-authenticate', CHALLENGE);
    refuse(reply, 401, 'invalid_client', message);
  } else if (code === 'scope_missing') {
    refuse(reply, 400, 'invalid_scope', message);
  } else {
    const status = transport ? TRANSPORT_STATUS[transport] : PROBLEMS[code].status;
    refuse(reply, status, errorForStatus(status), message);
  }
}

/** The names are those of RFC 6749 §4.1.2.1, which §5.2 has no words for. */
function errorForStatus(status: number): OauthError {
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

function refuse(reply: FastifyReply, status: number, error: OauthError, description: string): FastifyReply {
  return reply.code(status).send({ error, error_description: description });
}
