/**
 * What every vendor's dialect must do at its edges, as one suite over a description of the dialect. A dialect's own
 * words and outcomes are tested beside it and by its transcripts; here it is only asked to stay in its vendor's shape.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { EngineError, type EngineErrorCode } from '../../../src/core/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/core/rate-limit.ts';
import type { Dialect } from '../../../src/dialects/dialect.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { PROBLEMS } from '../../../src/http/problem.ts';
import {
  type DialectInstallation,
  type InstallationOptions,
  installDialects,
  type TestTenant,
} from '../../support/dialect-installation.ts';
import { startCommand, wrongCode } from '../../support/engine-harness.ts';

type Headers = Readonly<Record<string, string>>;

export interface EdgeRequest {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH' | 'OPTIONS';
  /** Below the prefix. */
  readonly path: string;
  readonly body?: object;
}

export interface DialectEdges {
  readonly dialect: Dialect;
  /** The headers by which a tenant shows who it is. */
  authorize(
    tenant: Pick<TestTenant, 'id' | 'email'>,
    secret: string,
    installation: DialectInstallation,
  ): Headers | Promise<Headers>;
  /** Sends something to a number that is good for live and test keys alike. */
  readonly start: EdgeRequest;
  /** Whom `start` is for, as the engine has it. */
  readonly recipient: string;
  /** The use case behind `start`. */
  readonly startsBy: keyof Engine;
  /** The use case behind the credentials of `start`. Absent: `authenticate`. */
  readonly authenticatesBy?: 'authenticateToken';
  /** The header with the id of what was started. */
  readonly startedHeader: 'otpost-verification-id' | 'otpost-message-id';
  /** True where the dialect's contract is to tell its caller the code. */
  readonly disclosesCode?: true;
  /** Asserts that a body is an error as the vendor writes them. */
  assertError(body: unknown): void;
  readonly statuses: {
    readonly unauthenticated: number;
    readonly scopeMissing: number;
    readonly unreadableBody: number;
    /** For a body that is JSON and no object. */
    readonly bodyNoObject: number;
    readonly missingFields: number;
    /** Of a recipient whose failure budget is spent. Absent: 429. */
    readonly recipientBlocked?: number;
  };
}

/** From the tenth wrong check in a row on, a recipient has to wait. */
const CHECKS_TO_A_BLOCK = 10;

const FORM = 'application/x-www-form-urlencoded';

/** Registers the suite for one dialect. */
export function testDialectEdges(edges: DialectEdges): void {
  const { dialect, start, statuses } = edges;
  const url = (path: string) => `${dialect.prefix}${path}`;

  const install = async (options?: InstallationOptions) => {
    const installation = await installDialects([dialect], options);
    const { tenant } = installation;
    const auth = await edges.authorize(tenant, tenant.secret, installation);
    const send = (headers: Headers = auth, request: EdgeRequest = start) =>
      installation.ask({
        method: request.method,
        url: url(request.path),
        headers: { ...headers },
        ...(request.body && { payload: request.body }),
      });
    const sendRaw = (payload: string, type = 'application/json') =>
      installation.ask({
        method: start.method,
        url: url(start.path),
        headers: { ...auth, 'content-type': type },
        payload,
      });
    return Object.assign(installation, { auth, send, sendRaw });
  };

  const assertRefused = (reply: LightMyRequestResponse, status?: number) => {
    if (status === undefined) assert.ok(reply.statusCode >= 400, reply.body);
    else assert.equal(reply.statusCode, status, reply.body);
    edges.assertError(reply.json());
    assert.ok(reply.headers['x-request-id']);
    assert.doesNotMatch(reply.body, /\bat .*\.[jt]s:\d+|EngineError|node_modules/);
  };

  test('a start is served, names what it started and shows no code that it may not', async () => {
    await using at = await install();
    const reply = await at.send();
    assert.ok(reply.statusCode < 300, reply.body);
    assert.match(String(reply.headers[edges.startedHeader]), /^[0-9a-f-]{36}$/);
    assert.ok(reply.headers['x-request-id']);
    assert.equal(at.network.sent.length, 1);
    const code = at.network.sent[0]?.code;
    if (code !== undefined && !edges.disclosesCode) {
      assert.ok(!JSON.stringify([reply.body, reply.headers]).includes(code));
    }
    for (const line of at.logger.lines) {
      if (code !== undefined) assert.ok(!JSON.stringify(line.fields).includes(code));
    }
  });

  test('a test key sends by the simulated carrier only', async () => {
    await using at = await install();
    const reply = await at.send(await edges.authorize(at.tenant, at.tenant.testSecret, at));
    assert.ok(reply.statusCode < 300, reply.body);
    assert.equal(at.network.sent.length, 0);
    assert.equal(at.phone.sent.length, 1);
  });

  test('no credentials, wrong ones and another tenant’s get one answer in the vendor’s shape', async () => {
    await using at = await install();
    const other = await at.createTenant();
    const wrong = at.tenant.secret.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    assertRefused(await at.send({}), statuses.unauthenticated);
    for (const headers of [
      () => edges.authorize(at.tenant, wrong, at),
      () => edges.authorize(at.tenant, 'x', at),
      () => edges.authorize({ id: other.id, email: other.email }, at.tenant.secret, at),
    ]) {
      const made = await Promise.resolve()
        .then(headers)
        .catch(() => undefined);
      // A dialect that knows its caller by the secret alone cannot mismatch it.
      if (made === undefined || JSON.stringify(made) === JSON.stringify(at.auth)) continue;
      assertRefused(await at.send(made), statuses.unauthenticated);
    }
    assert.equal(at.network.sent.length, 0);
  });

  test('a key without the scope is refused in the vendor’s shape', async () => {
    await using at = await install();
    const secret = await at.tenant.addKey([]);
    const headers = await Promise.resolve()
      .then(() => edges.authorize(at.tenant, secret, at))
      .catch(() => undefined);
    if (headers === undefined) return;
    assertRefused(await at.send(headers), statuses.scopeMissing);
    assert.equal(at.network.sent.length, 0);
  });

  test('the wrong method, an unknown path and an undecodable one are refused, with and without credentials', async () => {
    await using at = await install();
    for (const headers of [{}, at.auth]) {
      const method = await at.send(headers, { method: 'DELETE', path: start.path });
      assertRefused(method, 405);
      assert.match(String(method.headers.allow), /POST/);
      for (const other of ['PUT', 'PATCH', 'OPTIONS'] as const) {
        assertRefused(await at.send(headers, { method: other, path: start.path }), 405);
      }
      assertRefused(await at.send(headers, { ...start, path: `${start.path}/` }), 404);
      assertRefused(await at.send(headers, { method: 'GET', path: '/no/such/path/at/all' }), 404);
      assertRefused(await at.send(headers, { method: 'POST', path: '/no/such/%zz' }), 404);
    }
  });

  test('bodies that are too large, unreadable, of no known type or no object are refused', async () => {
    await using at = await install();
    assertRefused(await at.sendRaw(JSON.stringify({ filler: 'x'.repeat(70_000) })), 413);
    assertRefused(await at.sendRaw(`filler=${'x'.repeat(70_000)}`, FORM), undefined);
    assertRefused(await at.sendRaw('{"to":'), statuses.unreadableBody);
    assertRefused(await at.sendRaw('{"__proto__":{"to":"x"}}'), statuses.unreadableBody);
    assertRefused(await at.sendRaw('<to/>', 'application/xml'), 415);
    for (const body of ['[]', '"text"', '7']) assertRefused(await at.sendRaw(body), statuses.bodyNoObject);
    for (const body of ['{}', 'null', ''])
      assertRefused(await at.sendRaw(body), body === '{}' ? statuses.missingFields : undefined);
    assert.equal(at.network.sent.length, 0);
  });

  test('a body is read whatever its charset is called, with a byte order mark, and by the last of two keys', async () => {
    await using at = await install();
    const body = JSON.stringify(start.body);
    const [name = ''] = Object.keys(start.body ?? {});
    const twice = `{${JSON.stringify(name)}:[],${body.slice(1)}`;
    for (const [payload, type] of [
      [body, 'application/json; charset=utf-8'],
      [body, 'Application/JSON;charset="UTF-8"'],
      [`\u{feff}${body}`, 'application/json'],
      [twice, 'application/json'],
    ] as const) {
      const reply = await at.sendRaw(payload, type);
      assert.ok(reply.statusCode < 300, `${type}: ${reply.body}`);
    }
    assertRefused(await at.sendRaw(body, 'text/plain'), 415);
    assertRefused(await at.sendRaw(body, ''), 415);
  });

  test('fields of wrong types are refused one and all, and unknown ones ignored', async () => {
    await using at = await install();
    for (const [name, value] of Object.entries(start.body ?? {})) {
      for (const wrong of [[], {}, { a: 1 }, [value]]) {
        if (JSON.stringify(wrong) === JSON.stringify(value)) continue;
        assertRefused(await at.sendRaw(JSON.stringify({ ...start.body, [name]: wrong })));
      }
    }
    assert.equal(at.network.sent.length, 0);
    const reply = await at.sendRaw(JSON.stringify({ ...start.body, unheard_of: { of: [1] } }));
    assert.ok(reply.statusCode < 300, reply.body);
  });

  test('too many sends to one recipient are refused with the time to wait', async () => {
    await using at = await install();
    for (let sends = 0; sends < (DEFAULT_LIMITS[0]?.max ?? 0); sends += 1) {
      assert.ok((await at.send()).statusCode < 300);
    }
    const refused = await at.send();
    assertRefused(refused, 429);
    assert.match(String(refused.headers['retry-after']), /^\d+$/);
  });

  const stopsRecipient = async () => {
    await using at = await install();
    const { engine } = at.harness;
    const principal = await engine.authenticate({ secret: at.tenant.secret });
    assert.ok(principal);
    const policy = { checksMax: 20, numberStrictness: 'syntax' } as const;
    const { verification } = await engine.startVerification(
      principal,
      startCommand({ to: edges.recipient, policy }),
    );
    for (let check = 0; check < CHECKS_TO_A_BLOCK; check += 1) {
      const code = wrongCode(at.lastCode());
      await engine.checkVerification(principal, { verificationId: verification.id, code });
    }
    const refused = await at.send();
    assertRefused(refused, statuses.recipientBlocked ?? 429);
    assert.match(String(refused.headers['retry-after']), /^\d+$/);
  };
  // A text of the caller's own carries no code of ours that could be guessed.
  if (edges.startsBy !== 'sendMessage') {
    test('wrong codes given through another API stop a recipient here too', stopsRecipient);
  }

  test('too many failed credentials are refused with the time to wait', async () => {
    await using at = await install();
    const error = new EngineError('credentials_limited', 'Too many.', { retryAfterSeconds: 60 });
    at.failNext(edges.authenticatesBy ?? 'authenticate', error);
    const reply = await at.send();
    assertRefused(reply, 429);
    assert.equal(reply.headers['retry-after'], '60');
  });

  test('a carrier that is down does not fail the start; a channel with no carrier does', async () => {
    await using at = await install();
    at.network.state = 'down';
    at.network.answer = () => ({ kind: 'refused', reason: 'down', permanent: true });
    assert.ok((await at.send()).statusCode < 300);
    await using nowhere = await install({ channels: ['email'] });
    assertRefused(await nowhere.send());
  });

  test('whatever the engine may say comes in the vendor’s shape, and only our own faults are 500', async () => {
    await using at = await install();
    for (const code of Object.keys(PROBLEMS) as EngineErrorCode[]) {
      at.failNext(edges.startsBy, new EngineError(code, 'Not served.', { retryAfterSeconds: 7 }));
      const reply = await at.send();
      assertRefused(reply);
      assert.equal(reply.statusCode === 500, code === 'internal', `${code}: ${reply.statusCode}`);
      assert.equal(reply.headers['retry-after'], '7');
    }
    at.failNext(edges.startsBy, new TypeError('secret detail'));
    const broken = await at.send();
    assertRefused(broken, 500);
    assert.doesNotMatch(broken.body, /secret detail/);
  });

  test('its OpenAPI document is of version 3.1 and describes the start', async () => {
    await using at = await install();
    const document = describedBy(at);
    assert.match(document.openapi, /^3\.1\./);
    const path = url(start.path).replaceAll(/\/:(\w+)/g, '/{$1}');
    const operation = document.paths[path]?.[start.method.toLowerCase()];
    assert.ok(operation?.requestBody && operation.summary, path);
    assert.ok(Object.keys(operation.responses).some((status) => status.startsWith('4')));
    assert.doesNotMatch(JSON.stringify(document), /Default Response/);
    const schemes = Object.keys(document.components.securitySchemes);
    const needed = new Set(document.security.flatMap((names) => Object.keys(names)));
    assert.ok(schemes.length > 0);
    assert.deepEqual([...needed].sort(), schemes.sort());
  });

  test('each body that can be sent has an example in its OpenAPI document, and the start serves its own', async () => {
    await using at = await install();
    const { paths } = describedBy(at);
    for (const [path, operations] of Object.entries(paths)) {
      for (const { requestBody, responses } of Object.values(operations)) {
        const bodies = requestBody ? Object.values(requestBody.content) : [];
        for (const { example } of bodies) assert.ok(example, `${path} has a body without an example`);
        const replies = Object.values(responses).flatMap(({ content = {} }) => Object.values(content));
        for (const { schema, example } of [...bodies, ...replies]) {
          if (example !== undefined) assert.ok(Check(schema, example), `${path}: ${JSON.stringify(example)}`);
        }
      }
    }
    const { requestBody } = paths[url(start.path)]?.[start.method.toLowerCase()] ?? {};
    const example = requestBody?.content['application/json']?.example;
    assert.ok((await at.sendRaw(JSON.stringify(example))).statusCode < 300);
  });
}

function describedBy({ documented: [only] }: DialectInstallation): OpenapiParts {
  assert.ok(only);
  return only.document() as OpenapiParts;
}

interface OpenapiParts {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenapiOperation>>>>;
  readonly components: { readonly securitySchemes: object };
  readonly security: readonly object[];
}

interface OpenapiOperation {
  readonly summary?: string;
  readonly requestBody?: { readonly content: OpenapiContent };
  readonly responses: Readonly<Record<string, { readonly content?: OpenapiContent }>>;
}

type OpenapiContent = Readonly<Record<string, { readonly schema: TSchema; readonly example?: unknown }>>;
