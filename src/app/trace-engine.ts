/** Puts spans around use cases and transactions where traces are wanted; otherwise engine and store are as they were made. */
import type { Principal } from '../core/principal.ts';
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../engine/ports.ts';
import type { Span, Tracing } from '../lib/tracing.ts';

/** Asked for every request, mostly from memory: their spans would only hide the others. */
const UNTRACED: ReadonlySet<string> = new Set<keyof Engine>([
  'authenticate',
  'authenticateToken',
  'readBearer',
  'publishedKeys',
]);

type Method = (...parameters: readonly unknown[]) => Promise<unknown>;

export function traceEngine(engine: Engine, tracing: Tracing): Engine {
  if (!tracing.isOn) return engine;
  const traced = Object.entries(engine as unknown as Record<string, Method>).map(([name, method]) => {
    if (UNTRACED.has(name)) return [name, method];
    const run: Method = (...parameters) =>
      tracing.run(`engine.${name}`, attributesOf(parameters[0]), async (span) => {
        const reply = await method(...parameters);
        describeReply(span, name, reply);
        return reply;
      });
    return [name, run];
  });
  return Object.fromEntries(traced) as Engine;
}

function attributesOf(principal: unknown) {
  const { tenant, keyId } = principal as Principal;
  return { 'otpost.tenant.id': tenant.id, 'otpost.key.id': keyId };
}

type Describe = { readonly [Name in keyof Engine]?: (span: Span, reply: ReplyOf<Name>) => void };
type ReplyOf<Name extends keyof Engine> = Awaited<ReturnType<Engine[Name]>>;

/** Of the use cases that send or settle: which verification, which message, what came of it. */
const DESCRIBE: Describe = {
  startVerification: describeStart,
  startDisclosedVerification: describeStart,
  sendAgain: describeStart,
  sendMessage: (span, { message }) => span.set({ 'otpost.message.id': message.id }),
  checkVerification: (span, { outcome, verification }) =>
    span.set({ 'otpost.verification.id': verification.id, 'otpost.outcome': outcome }),
  cancelVerification: (span, { id }) => span.set({ 'otpost.verification.id': id }),
};

function describeStart(span: Span, { verification, message, isReplay }: ReplyOf<'startVerification'>): void {
  span.set({
    'otpost.verification.id': verification.id,
    'otpost.message.id': message.id,
    'otpost.channel': message.channel,
    'otpost.outcome': isReplay ? 'replayed' : 'sent',
  });
}

function describeReply(span: Span, name: string, reply: unknown): void {
  const describe = DESCRIBE[name as keyof Engine] as ((span: Span, reply: unknown) => void) | undefined;
  describe?.(span, reply);
}

/** Transactions only: they are where a store waits. */
export function traceStore(store: Store, tracing: Tracing): Store {
  if (!tracing.isOn) return store;
  const transaction: Store['transaction'] = (work, options) =>
    tracing.run('store.transaction', {}, () => store.transaction(work, options));
  return new Proxy(store, {
    get(target, name) {
      if (name === 'transaction') return transaction;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
