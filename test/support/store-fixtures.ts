/** Rows to fill a store with: whole, plausible and small. A test names only what it is about. */
import type { Message, Submission } from '../../src/core/delivery.ts';
import type { Event } from '../../src/core/events.ts';
import { NATIVE_POLICY } from '../../src/core/policy.ts';
import type { Key, Tenant } from '../../src/core/principal.ts';
import type { Verification } from '../../src/core/verification.ts';
import type { WebhookDelivery, WebhookEndpoint } from '../../src/core/webhook.ts';
import { createUuidMaker } from '../../src/lib/uuid.ts';
import { MANUAL_CLOCK_START_MS } from './manual-clock.ts';
import { createSeededRandomBytes } from './seeded-random.ts';

export interface StoreFixtures {
  readonly nowMs: number;
  readonly makeId: () => string;
  tenant(overrides?: Partial<Tenant>): Tenant;
  key(tenantId: string, overrides?: Partial<Key>): Key;
  verification(overrides?: Partial<Verification>): Verification;
  /** Queued, due at once, with no lease. */
  message(overrides?: Partial<Message>): Message;
  messageOf(verification: Verification, overrides?: Partial<Message>): Message;
  submission(message: Message, overrides?: Partial<Submission>): Submission;
  event(overrides?: Partial<Event>): Event;
  /** Registered, native, wanting everything. */
  endpoint(overrides?: Partial<WebhookEndpoint>): WebhookEndpoint;
  /** Pending, due at once, with no lease. */
  delivery(endpoint: WebhookEndpoint, event: Event, overrides?: Partial<WebhookDelivery>): WebhookDelivery;
}

/** @param seed makes the ids; two fixtures on one database need two */
export function createStoreFixtures(seed: string, nowMs = MANUAL_CLOCK_START_MS): StoreFixtures {
  const randomBytes = createSeededRandomBytes(seed);
  const makeId = createUuidMaker(() => nowMs, randomBytes);
  const tenantId = makeId();

  const message: StoreFixtures['message'] = (overrides) => ({
    id: makeId(),
    tenantId,
    recipientId: makeId(),
    dialect: 'native',
    mode: 'live',
    channel: 'sms',
    state: 'queued',
    segments: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    notAfterMs: nowMs + 600_000,
    nextAttemptAtMs: nowMs,
    attemptCount: 0,
    triedCarriers: [],
    toSealed: randomBytes(60),
    contentSealed: randomBytes(150),
    details: { country: 'GE' },
    ...overrides,
  });

  return {
    nowMs,
    makeId,
    tenant: (overrides) => {
      const id = makeId();
      return { id, name: 'Acme', email: `${id}@acme.example`, createdAtMs: nowMs, ...overrides };
    },
    key: (owner, overrides) => ({
      id: makeId(),
      tenantId: owner,
      mode: 'live',
      scopes: ['verify', 'messages'],
      createdAtMs: nowMs,
      ...overrides,
    }),
    verification: (overrides) => ({
      id: makeId(),
      tenantId,
      recipientId: makeId(),
      purpose: 'login',
      dialect: 'native',
      mode: 'live',
      channel: 'sms',
      state: 'pending',
      checkCount: 0,
      sendCount: 1,
      lastSendAtMs: nowMs,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + 600_000,
      codeHash: { key: 'code.1', hash: randomBytes(32) },
      toSealed: randomBytes(60),
      contentSealed: randomBytes(120),
      details: { policy: NATIVE_POLICY, country: 'GE', metadata: { order: '17' } },
      ...overrides,
    }),
    message,
    messageOf: (verification, overrides) =>
      message({
        tenantId: verification.tenantId,
        verificationId: verification.id,
        recipientId: verification.recipientId,
        ...overrides,
      }),
    submission: (owner, overrides) => ({
      carrier: 'main',
      carrierMessageId: makeId(),
      messageId: owner.id,
      part: 1,
      parts: 1,
      state: 'accepted',
      submittedAtMs: nowMs,
      ...overrides,
    }),
    event: (overrides) => ({
      id: makeId(),
      tenantId,
      type: 'verification.created',
      atMs: nowMs,
      data: { channel: 'sms' },
      ...overrides,
    }),
    endpoint: (overrides) => ({
      id: makeId(),
      tenantId,
      kind: 'registered',
      urlSealed: randomBytes(80),
      secretsSealed: randomBytes(90),
      format: 'native',
      state: 'active',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
      ...overrides,
    }),
    delivery: (endpoint, event, overrides) => ({
      id: makeId(),
      tenantId: event.tenantId,
      endpointId: endpoint.id,
      endpointKind: endpoint.kind,
      eventId: event.id,
      eventType: event.type,
      subjectId: event.verificationId ?? event.messageId ?? event.id,
      state: 'pending',
      attemptCount: 0,
      nextAttemptAtMs: nowMs,
      createdAtMs: nowMs,
      startedAtMs: nowMs,
      updatedAtMs: nowMs,
      ...overrides,
    }),
  };
}
