/** A tenant's endpoints: made, shown, changed, tested. Whom an event goes to is webhook-fan-out.ts. */
import { NATIVE_FORMAT } from '../core/callback.ts';
import { EngineError } from '../core/errors.ts';
import type { EventType } from '../core/events.ts';
import type { Principal } from '../core/principal.ts';
import { rotateSecrets, type WebhookEndpoint } from '../core/webhook.ts';
import type { Keyring } from '../lib/keyring.ts';
import { makeWebhookSecret } from '../lib/webhook-secret.ts';
import type { EngineContext } from './context.ts';
import { idOrNone, notFound } from './read-verifications.ts';
import { openSecrets, REQUESTS_TARGET, rotateRequestSecret } from './request-webhook.ts';
import { sealContext } from './views.ts';
import type {
  DeliveryView,
  EndpointChange,
  EndpointInput,
  EndpointView,
  EndpointWithSecret,
} from './webhook-commands.ts';
import { toDeliveryView } from './webhook-deliveries.ts';

/** Each event of a tenant is written once more for each; twenty are more than any team has receivers. */
export const ENDPOINTS_PER_TENANT_MAX = 20;
const DESCRIPTION_CHARS_MAX = 200;

export async function createEndpoint(
  context: EngineContext,
  principal: Principal,
  input: EndpointInput,
): Promise<EndpointWithSecret> {
  const { keyring, clock } = context;
  const format = input.format ?? NATIVE_FORMAT;
  if (format !== NATIVE_FORMAT && !context.webhooks.formatOf(format)) {
    throw new EngineError('invalid_request', 'There are no callbacks of this name.', { field: 'format' });
  }
  assertMayHear(context, principal, format);
  const id = context.makeId();
  const url = context.webhookUrls.parse(input.url, 'url');
  const secret = makeWebhookSecret(context.randomBytes);
  const nowMs = clock();
  const endpoint: WebhookEndpoint = {
    id,
    tenantId: principal.tenant.id,
    kind: 'registered',
    urlSealed: keyring.seal(url, sealContext.webhookUrl(id)),
    secretsSealed: keyring.seal(JSON.stringify([{ secret }]), sealContext.webhookSecrets(id)),
    eventTypes: readTypes(input.eventTypes),
    format,
    description: readDescription(input.description),
    state: 'active',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    version: 1,
  };
  await context.store.createEndpoint(endpoint, ENDPOINTS_PER_TENANT_MAX);
  await context.webhooks.refresh();
  return { endpoint: toEndpointView(endpoint, keyring), secret };
}

export async function getEndpoint(
  context: EngineContext,
  principal: Principal,
  id: string,
): Promise<EndpointView> {
  return toEndpointView(await loadEndpoint(context, principal, id), context.keyring);
}

export async function listEndpoints(
  { store, keyring }: EngineContext,
  principal: Principal,
): Promise<readonly EndpointView[]> {
  const endpoints = await store.listEndpoints(principal.tenant.id);
  return endpoints.map((endpoint) => toEndpointView(endpoint, keyring));
}

/** An endpoint that is enabled again begins with a clean slate. */
export async function updateEndpoint(
  context: EngineContext,
  principal: Principal,
  id: string,
  change: EndpointChange,
): Promise<EndpointView> {
  const { keyring } = context;
  const before = await loadEndpoint(context, principal, id);
  assertMayHear(context, principal, before.format);
  const { url, eventTypes, description, isEnabled } = change;
  const changed: WebhookEndpoint = {
    ...before,
    ...(url !== undefined && {
      urlSealed: keyring.seal(context.webhookUrls.parse(url, 'url'), sealContext.webhookUrl(before.id)),
    }),
    ...(eventTypes !== undefined && { eventTypes: readTypes(eventTypes ?? undefined) }),
    ...(description !== undefined && { description: readDescription(description ?? undefined) }),
    ...(isEnabled === true && { state: 'active', disabledReason: undefined, failingSinceMs: undefined }),
    ...(isEnabled === false &&
      before.state === 'active' && { state: 'disabled', disabledReason: 'by-tenant' }),
  };
  return toEndpointView(await save(context, changed, before), keyring);
}

export async function deleteEndpoint(
  context: EngineContext,
  principal: Principal,
  id: string,
): Promise<void> {
  if (!(await context.store.deleteEndpoint(principal.tenant.id, idOrNone(id)))) throw notFound();
  await context.webhooks.refresh();
}

export async function rotateSecret(
  context: EngineContext,
  principal: Principal,
  id: string,
): Promise<{ readonly secret: string }> {
  if (id === REQUESTS_TARGET) return { secret: await rotateRequestSecret(context, principal) };
  const { keyring, clock } = context;
  const before = await loadEndpoint(context, principal, id);
  const secret = makeWebhookSecret(context.randomBytes);
  const place = sealContext.webhookSecrets(before.id);
  const known = before.secretsSealed ? openSecrets(keyring, before.secretsSealed, place) : [];
  const rotated = JSON.stringify(rotateSecrets(known, secret, clock()));
  await save(context, { ...before, secretsSealed: keyring.seal(rotated, place) }, before);
  return { secret };
}

/** An event of its own, to this endpoint only and whatever it subscribes to. */
export async function testEndpoint(
  context: EngineContext,
  principal: Principal,
  id: string,
): Promise<DeliveryView> {
  const endpoint = await loadEndpoint(context, principal, id);
  if (endpoint.state === 'disabled') throw new EngineError('conflict', 'This endpoint is disabled.');
  if (endpoint.format !== NATIVE_FORMAT) {
    throw new EngineError('conflict', 'The form of this endpoint has no words for a test.');
  }
  const event = {
    id: context.makeId(),
    tenantId: endpoint.tenantId,
    type: 'endpoint.tested',
    atMs: context.clock(),
    data: { endpointId: endpoint.id },
  } as const;
  const delivery = context.webhooks.deliver(event, endpoint, endpoint.id);
  const events = [{ ...event, deliveries: [delivery] }];
  await context.store.transaction((tx) => tx.appendEvents(events));
  context.announce(events);
  return toDeliveryView(delivery);
}

/** What test keys begin and what live ones do is told to one and the same endpoint. @throws EngineError `scope_missing` */
function assertMayHear({ webhooks }: EngineContext, { mode }: Principal, format: string): void {
  if (mode === 'live' || !webhooks.formatOf(format)?.needsAddress) return;
  throw new EngineError(
    'scope_missing',
    'Callbacks of this form hold addresses, which only a live key may have sent.',
  );
}

async function save(
  context: EngineContext,
  changed: WebhookEndpoint,
  before: WebhookEndpoint,
): Promise<WebhookEndpoint> {
  const saved = { ...changed, updatedAtMs: context.clock(), version: before.version + 1 };
  if (!(await context.store.saveEndpoint(saved, before.version))) {
    throw new EngineError('conflict', 'This endpoint was changed by another call.');
  }
  await context.webhooks.refresh();
  return saved;
}

async function loadEndpoint(
  { store }: EngineContext,
  principal: Principal,
  id: string,
): Promise<WebhookEndpoint> {
  const endpoint = await store.findEndpoint(principal.tenant.id, idOrNone(id));
  if (endpoint?.kind !== 'registered') throw notFound();
  return endpoint;
}

function readTypes(types: readonly EventType[] | undefined): readonly EventType[] | undefined {
  if (types === undefined) return undefined;
  if (types.length > 0) return [...new Set(types)].sort();
  throw new EngineError('invalid_request', 'An endpoint wants at least one type of event.', {
    field: 'eventTypes',
  });
}

function readDescription(description: string | undefined): string | undefined {
  if (description === undefined || description.length <= DESCRIPTION_CHARS_MAX) return description;
  const message = `A description has at most ${DESCRIPTION_CHARS_MAX} characters.`;
  throw new EngineError('invalid_request', message, { field: 'description' });
}

function toEndpointView(endpoint: WebhookEndpoint, keyring: Keyring): EndpointView {
  const { id, eventTypes, format, description, state, disabledReason, failingSinceMs } = endpoint;
  return {
    id,
    url: keyring.open(endpoint.urlSealed, sealContext.webhookUrl(id)),
    eventTypes,
    format,
    description,
    state,
    disabledReason,
    failingSinceMs,
    createdAtMs: endpoint.createdAtMs,
    updatedAtMs: endpoint.updatedAtMs,
  };
}
