/**
 * Puts dialects on the server: each in a scope of its own at its prefix or host, with its own error handler, and with
 * answers in its own shape for unknown paths and wrong methods below its prefix.
 */
import type { HTTPMethods, RouteOptions } from 'fastify';
import type { DocumentedApi } from '../http/docs-routes.ts';
import { handleFaults } from '../http/fault-handling.ts';
import type { HttpScope } from '../http/http-scope.ts';
import { collectOpenapi } from '../http/openapi.ts';
import { TransportError } from '../http/request-fault.ts';
import type { Dialect, DialectContext, DialectSettings } from './dialect.ts';

export interface Mount {
  readonly dialect: Dialect;
  readonly prefix: string;
  readonly host?: string;
}

/**
 * Which dialects are served, and where.
 *
 * @throws Error naming the setting: a dialect that does not exist, a prefix of the wrong form, two in one place
 */
export function resolveMounts(
  dialects: readonly Dialect[],
  settings: Readonly<Record<string, DialectSettings>>,
): readonly Mount[] {
  for (const name of Object.keys(settings)) {
    if (!dialects.some((dialect) => dialect.name === name)) throw new Error(`there is no dialect "${name}"`);
  }
  const taken = new Map<string, string>();
  return dialects.flatMap((dialect) => {
    const { enabled = true, prefix = dialect.prefix, host } = settings[dialect.name] ?? {};
    if (!enabled) return [];
    if (!PREFIX.test(prefix)) throw new Error(`dialects.${dialect.name}.prefix is not a path like /otp/v1`);
    const place = `${host ?? ''}${prefix}`;
    const other = taken.get(place);
    if (other !== undefined)
      throw new Error(`dialects ${other} and ${dialect.name} have one place: ${place}`);
    taken.set(place, dialect.name);
    return [{ dialect, prefix, ...(host === undefined ? {} : { host }) }];
  });
}

/** Empty (the whole host), or segments without parameters and without a slash at the end. */
const PREFIX = /^(?:\/[A-Za-z0-9._~-]+)*$/;

/** @returns what the documentation page lists, in the order of mounting */
export async function mountDialects(
  app: HttpScope,
  dialects: readonly Dialect[],
  settings: Readonly<Record<string, DialectSettings>>,
  context: DialectContext,
): Promise<readonly DocumentedApi[]> {
  const documented: DocumentedApi[] = [];
  for (const mount of resolveMounts(dialects, settings)) {
    const mountInScope = async (scope: HttpScope) => {
      documented.push(await mountOne(scope, mount, context, settings[mount.dialect.name] ?? {}));
    };
    await app.register(mountInScope, { prefix: mount.prefix });
  }
  return documented;
}

async function mountOne(
  scope: HttpScope,
  mount: Mount,
  context: DialectContext,
  settings: DialectSettings,
): Promise<DocumentedApi> {
  const { dialect, host } = mount;
  const { name, title, documentation, openapi } = dialect;
  const methodsByPath = new Map<string, Set<string>>();
  scope.addHook('onRoute', (options) => {
    options.config = { ...options.config, dialect: name };
    if (host !== undefined) options.constraints = { ...options.constraints, host };
    addMethods(methodsByPath, options, mount.prefix);
  });
  handleFaults(scope, context.logger, (...fault) => dialect.writeFault(...fault, context.clock));
  const serverUrl = host === undefined ? '/' : `//${host}/`;
  const document = await collectOpenapi(scope, { title, documentation, serverUrl, ...openapi });
  await scope.register(async (inner) => dialect.register(inner, context, settings));
  refuseTheRest(scope, mount, methodsByPath);
  return { name, title, document };
}

/** Keyed by the path below the mount, whatever scopes within the dialect it was put together from. */
function addMethods(methodsByPath: Map<string, Set<string>>, options: RouteOptions, prefix: string): void {
  const path = options.url.slice(prefix.length);
  const methods = methodsByPath.get(path) ?? new Set<string>();
  for (const method of [options.method].flat()) methods.add(method);
  methodsByPath.set(path, methods);
}

/** With the slash left standing before it. */
const LAST_PARAMETER = /(?<=\/):\w+$/;

function refuseTheRest(
  scope: HttpScope,
  { prefix, host }: Mount,
  methodsByPath: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  const refuse = (url: string, methods: readonly string[], error: TransportError) =>
    scope.route({
      url,
      method: methods as HTTPMethods[],
      schema: { hide: true },
      // Before credentials and bodies are looked at: a path that is not there is not there for anybody.
      onRequest: (_request, _reply, done) => done(error),
      handler: () => undefined,
    });
  const all = scope.supportedMethods;
  const places = new Set<string>();
  // What `/` answers on a host that a dialect shares is the server's own business.
  if (prefix !== '' || host !== undefined) places.add('/');
  // The hook adds to the map while routes are added, so the list is taken first.
  for (const [path, methods] of [...methodsByPath]) {
    const others = all.filter((method) => !methods.has(method));
    const allow = [...methods].sort().join(', ');
    refuse(path, others, new TransportError('method_not_allowed', 'wrong method', allow));
    // The router takes nothing at all for a last parameter, too: `/things/` would be the thing without a name.
    const place = path.replace(LAST_PARAMETER, '');
    if (place !== path && place !== '/') places.add(place);
  }
  for (const place of ['/*', ...places]) {
    if (methodsByPath.has(place) || (place === '/' && methodsByPath.has(''))) continue;
    refuse(place, all, new TransportError('path_unknown', 'no such path'));
  }
}
