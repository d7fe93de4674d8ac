/** What a post needs, opened: the URL, the secrets that sign now, and what the event is about. */
import type { CallbackSubject } from '../core/callback.ts';
import type { Event } from '../core/events.ts';
import { DELIVERY_AGE_MAX_MS, secretsAt, type WebhookEndpoint } from '../core/webhook.ts';
import type { Keyring } from '../lib/keyring.ts';
import type { DeliveryWork } from './ports/webhook-store.ts';
import { openSecrets } from './request-webhook.ts';
import { openTo, sealContext } from './views.ts';

export interface OpenDelivery {
  readonly endpoint: WebhookEndpoint;
  readonly event: Event;
  readonly subject: CallbackSubject;
  readonly url: string;
  readonly secrets: readonly string[];
}

export type Opened =
  | { readonly kind: 'open'; readonly open: OpenDelivery }
  /** It can never be delivered, for this reason. */
  | { readonly kind: 'dead'; readonly failure: string };

/** @param needsAddress whether a format shows the address; it is opened for no other */
export function openDelivery(
  work: DeliveryWork,
  keyring: Keyring,
  needsAddress: (format: string) => boolean,
  nowMs: number,
): Opened {
  const { delivery, endpoint, event } = work;
  if (!endpoint) return dead('endpoint-deleted');
  if (endpoint.state === 'disabled') return dead('endpoint-disabled');
  if (!event) return dead('event-deleted');
  if (nowMs - delivery.startedAtMs > DELIVERY_AGE_MAX_MS) return dead('too-old');
  const secrets = openedSecrets(work, endpoint, keyring);
  if (!secrets) return dead('no-secret');
  return {
    kind: 'open',
    open: {
      endpoint,
      event,
      subject: toSubject(work, event, needsAddress(endpoint.format) ? keyring : undefined),
      url: keyring.open(endpoint.urlSealed, sealContext.webhookUrl(endpoint.id)),
      secrets: secretsAt(secrets, nowMs).map(({ secret }) => secret),
    },
  };
}

function dead(failure: string): Opened {
  return { kind: 'dead', failure };
}

function openedSecrets({ requestSecretsSealed }: DeliveryWork, endpoint: WebhookEndpoint, keyring: Keyring) {
  const { id, tenantId, kind, secretsSealed } = endpoint;
  if (kind === 'request') {
    return (
      requestSecretsSealed && openSecrets(keyring, requestSecretsSealed, sealContext.requestSecrets(tenantId))
    );
  }
  return secretsSealed && openSecrets(keyring, secretsSealed, sealContext.webhookSecrets(id));
}

function toSubject(
  { verification, message }: DeliveryWork,
  { verificationId, messageId }: Event,
  keyring: Keyring | undefined,
): CallbackSubject {
  return {
    verificationId,
    messageId,
    channel: (message ?? verification)?.channel,
    mode: (message ?? verification)?.mode,
    segments: message?.segments,
    clientReference: message?.details.clientReference ?? verification?.details.clientReference,
    metadata: message?.details.metadata ?? verification?.details.metadata,
    to: keyring && openAddress({ verification, message }, keyring),
  };
}

function openAddress(
  { verification, message }: Pick<DeliveryWork, 'verification' | 'message'>,
  keyring: Keyring,
): string | undefined {
  if (message) return keyring.open(message.toSealed, sealContext.messageTo(message.id));
  return verification && openTo(verification, keyring);
}
