/** The URL that one call names: its endpoint row, and the tenant's secret by which posts to such URLs are signed. */
import type { RequestWebhook } from '../core/callback.ts';
import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { rotateSecrets, type WebhookEndpoint, type WebhookSecret } from '../core/webhook.ts';
import type { Keyring } from '../lib/keyring.ts';
import { uuidFromHash } from '../lib/uuid.ts';
import { makeWebhookSecret } from '../lib/webhook-secret.ts';
import type { WebhookChoice } from './commands.ts';
import type { EngineContext } from './context.ts';
import { sealContext } from './views.ts';

/** @throws EngineError `invalid_request` for a URL that is not one of ours to call */
export async function prepareRequestWebhook(
  context: EngineContext,
  tenantId: string,
  choice: WebhookChoice | undefined,
): Promise<WebhookEndpoint | undefined> {
  if (!choice) return undefined;
  const { keyring, clock, webhookUrls } = context;
  const { url } = choice;
  webhookUrls.parse(url, 'webhook');
  if (!(await context.store.findRequestSecrets(tenantId))) await addSecret(context, tenantId);
  const id = uuidFromHash(keyring.lookupHash('webhook', tenantId, `${choice.format} ${url}`));
  const nowMs = clock();
  return {
    id,
    tenantId,
    kind: 'request',
    urlSealed: keyring.seal(url, sealContext.webhookUrl(id)),
    format: choice.format,
    state: 'active',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    version: 1,
  };
}

/** The URL that the call of a message or verification named, in its spelling; undefined where none is, or is kept, any more. */
export async function findRequestUrl(
  { store, keyring }: Pick<EngineContext, 'store' | 'keyring'>,
  tenantId: string,
  webhook: RequestWebhook | undefined,
): Promise<string | undefined> {
  const endpoint = webhook && (await store.findEndpoint(tenantId, webhook.endpointId));
  return endpoint && keyring.open(endpoint.urlSealed, sealContext.webhookUrl(endpoint.id));
}

/** A new secret for the URLs that calls name; the one before signs for a day more. Shown here and never again. */
export async function rotateRequestSecret(context: EngineContext, principal: Principal): Promise<string> {
  for (let attempt = 0; attempt < ROTATE_ATTEMPTS_MAX; attempt += 1) {
    const secret = await addSecret(context, principal.tenant.id);
    if (secret !== undefined) return secret;
  }
  throw new EngineError('conflict', 'The secret is being changed by another call.');
}

/** Two first calls at once, or a rotation at the same time, and then some. */
const ROTATE_ATTEMPTS_MAX = 3;

/** @returns undefined where another call was quicker */
async function addSecret(
  { store, keyring, clock, randomBytes }: EngineContext,
  tenantId: string,
): Promise<string | undefined> {
  const before = await store.findRequestSecrets(tenantId);
  const known = before ? openSecrets(keyring, before, sealContext.requestSecrets(tenantId)) : [];
  const secret = makeWebhookSecret(randomBytes);
  const nowMs = clock();
  const sealed = keyring.seal(
    JSON.stringify(rotateSecrets(known, secret, nowMs)),
    sealContext.requestSecrets(tenantId),
  );
  return (await store.saveRequestSecrets(tenantId, sealed, before, nowMs)) ? secret : undefined;
}

export function openSecrets(keyring: Keyring, sealed: Uint8Array, context: string): readonly WebhookSecret[] {
  return JSON.parse(keyring.open(sealed, context)) as readonly WebhookSecret[];
}

/** Registered endpoints come back by their id, the URLs of calls together under this name. */
export const REQUESTS_TARGET = 'requests' as const;
