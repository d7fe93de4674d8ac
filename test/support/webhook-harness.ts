/** The engine of one tenant whose webhooks a scripted sender takes. The store is the caller's. */
import type { WebhookAnswer } from '../../src/core/webhook.ts';
import type { EndpointInput, StartReply } from '../../src/engine/engine.ts';
import type { Store } from '../../src/engine/ports.ts';
import { createEngineHarness, type HarnessOptions, startCommand } from './engine-harness.ts';

export const DOWN: WebhookAnswer = { kind: 'answered', status: 503 };
export const FINE: WebhookAnswer = { kind: 'answered', status: 200 };
export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;
const URL_A = 'https://a.example/hooks';

export async function createWebhookHarness(store: Store, options: HarnessOptions = {}) {
  const harness = await createEngineHarness(store, options);
  const { engine, sender, clock, webhookDispatcher } = harness;
  const principal = await harness.createPrincipal();
  let numbers = 0;
  const settle = async () => {
    await harness.dispatcher.settled();
    await webhookDispatcher.settled();
  };
  const register = (input: Partial<EndpointInput> = {}) =>
    engine.createWebhookEndpoint(principal, { url: URL_A, ...input }).then(({ endpoint }) => endpoint);
  const start = async (rest: Parameters<typeof startCommand>[0] = {}): Promise<StartReply> => {
    numbers += 1;
    const to = `+1415555${1000 + numbers}`;
    const policy = { numberStrictness: 'possible', ...rest?.policy } as const;
    const started = await engine.startVerification(principal, startCommand({ to, ...rest, policy }));
    await settle();
    return started;
  };
  const check = async (verificationId: string, code: string) => {
    const reply = await engine.checkVerification(principal, { verificationId, code });
    await settle();
    return reply;
  };
  /** Moves the clock to when something is due, and posts it. */
  const pass = async (ms: number) => {
    clock.step(clock.now() + ms);
    await harness.dispatchWebhooks();
  };
  const types = () => sender.posts.map(({ event }) => event.type);
  const deliveries = async (endpointId: string) =>
    (await engine.listWebhookDeliveries(principal, endpointId, {}, { limit: 100 })).items;
  return { ...harness, principal, settle, register, start, check, pass, types, deliveries };
}
