/**
 * An engine that decides nothing: it knows a few secrets, answers with fixed views and remembers what it was asked. For
 * tests of the wire; how the engine behaves is tested on the engine.
 */
import type { Principal, Scope } from '../../src/core/principal.ts';
import type {
  DeliveryView,
  DeviceView,
  EndpointView,
  Engine,
  MessageView,
  Session,
  VerificationView,
} from '../../src/engine/engine.ts';
import { MANUAL_CLOCK_START_MS } from './manual-clock.ts';

export const FAKE_SECRET = 'otpost_live_fake';
export const FAKE_TENANT_ID = '01900000-0000-7000-8000-000000000001';
export const FAKE_TOKEN = 'fake.access.token';
const EXPIRED_TOKEN = 'fake.expired.token';
export const VERIFICATION_ID = '01900000-0000-7000-8000-0000000000aa';
export const MESSAGE_ID = '01900000-0000-7000-8000-0000000000bb';
export const EVENT_ID = '01900000-0000-7000-8000-0000000000cc';
const ENDPOINT_ID = '01900000-0000-7000-8000-0000000000dd';
const DELIVERY_ID = '01900000-0000-7000-8000-0000000000ee';

export function fakePrincipal(scopes: readonly Scope[] = ['verify', 'messages', 'manage']): Principal {
  const tenant = {
    id: FAKE_TENANT_ID,
    name: 'Acme',
    email: 'ops@acme.example',
    createdAtMs: MANUAL_CLOCK_START_MS,
  };
  return { tenant, keyId: 'key-1', mode: 'live', scopes };
}

export const fakeMessage: MessageView = {
  id: MESSAGE_ID,
  verificationId: VERIFICATION_ID,
  to: '+14155550123',
  recipientId: 'recipient-1',
  channel: 'sms',
  mode: 'live',
  state: 'queued',
  segments: 1,
  createdAtMs: MANUAL_CLOCK_START_MS,
  updatedAtMs: MANUAL_CLOCK_START_MS,
};

export const fakeVerification: VerificationView = {
  id: VERIFICATION_ID,
  state: 'pending',
  to: '+14155550123',
  recipientId: 'recipient-1',
  channel: 'sms',
  mode: 'live',
  purpose: 'default',
  codeLength: 6,
  checksLeft: 5,
  sendsLeft: 4,
  createdAtMs: MANUAL_CLOCK_START_MS,
  expiresAtMs: MANUAL_CLOCK_START_MS + 600_000,
  messages: [fakeMessage],
  warnings: [],
};

export const FAKE_OTPAUTH_URI = 'otpauth://totp/Acme:ann?secret=ABCDEFGH&issuer=Acme';

export const fakeDevice: DeviceView = {
  id: '01900000-0000-7000-8000-0000000000ee',
  name: 'phone',
  state: 'activation-required',
  createdAtMs: MANUAL_CLOCK_START_MS,
  expiresAtMs: MANUAL_CLOCK_START_MS + 3_600_000,
};

const fakeSession: Session = {
  id: '01900000-0000-7000-8000-0000000000dd',
  subject: 'user-live-recipient-1',
  startedAtMs: MANUAL_CLOCK_START_MS,
  lastAccessedAtMs: MANUAL_CLOCK_START_MS,
  expiresAtMs: MANUAL_CLOCK_START_MS + 600_000,
  factors: [],
};

const fakeEndpoint: EndpointView = {
  id: ENDPOINT_ID,
  url: 'https://acme.example/hooks',
  format: 'native',
  state: 'active',
  createdAtMs: MANUAL_CLOCK_START_MS,
  updatedAtMs: MANUAL_CLOCK_START_MS,
};

const fakeDelivery: DeliveryView = {
  id: DELIVERY_ID,
  eventId: EVENT_ID,
  eventType: 'verification.approved',
  state: 'pending',
  attemptCount: 1,
  nextAttemptAtMs: MANUAL_CLOCK_START_MS + 5_000,
  lastStatus: 503,
  failure: 'status-503',
  createdAtMs: MANUAL_CLOCK_START_MS,
  updatedAtMs: MANUAL_CLOCK_START_MS,
};

export interface EngineCall {
  readonly method: keyof Engine;
  readonly args: readonly unknown[];
}

export interface FakeEngine {
  readonly engine: Engine;
  readonly calls: readonly EngineCall[];
  /** The arguments, after the principal, of the only call of a method. */
  onlyCall(method: keyof Engine): readonly unknown[];
}

/** @param overrides methods that answer otherwise; they are recorded too */
export function createFakeEngine(overrides: Partial<Engine> = {}): FakeEngine {
  const event = {
    id: EVENT_ID,
    tenantId: FAKE_TENANT_ID,
    type: 'verification.created',
    verificationId: VERIFICATION_ID,
    atMs: MANUAL_CLOCK_START_MS,
    data: { channel: 'sms', segments: 1, test: false },
  } as const;
  const template = {
    tenantId: FAKE_TENANT_ID,
    name: 'welcome',
    bodies: { en: 'Your code: {{code}}' },
    defaultLocale: 'en',
    isDefault: false,
    updatedAtMs: MANUAL_CLOCK_START_MS,
  };
  const balance = { currency: 'EUR', balanceMicros: 12_500_000, smsSegmentsLeft: 250 };
  const started = { verification: fakeVerification, message: fakeMessage, isReplay: false };
  const answers: Engine = {
    authenticate: async ({ secret }) => (secret === FAKE_SECRET ? fakePrincipal() : undefined),
    issueAccessToken: async ({ scopes }) => ({ token: FAKE_TOKEN, expiresInSeconds: 7199, scopes }),
    authenticateToken: async (token) => {
      if (token === EXPIRED_TOKEN) return 'expired';
      return token === FAKE_TOKEN ? fakePrincipal() : 'invalid';
    },
    issueSession: async () => ({ jwt: 'fake.session.jwt', session: fakeSession }),
    readBearer: async () => ({ kind: 'invalid' }),
    publishedKeys: async () => ({ keys: [] }),
    enrollDevice: async () => ({ device: fakeDevice, secret: 'ABCDEFGH', uri: FAKE_OTPAUTH_URI }),
    activateDevice: async () => ({ outcome: 'approved', device: { ...fakeDevice, state: 'active' } }),
    checkDevice: async () => ({ outcome: 'approved', device: { ...fakeDevice, state: 'active' } }),
    listDevices: async () => [fakeDevice],
    getDevice: async () => fakeDevice,
    getEnrollmentUri: async () => FAKE_OTPAUTH_URI,
    deleteDevice: async () => undefined,
    deleteDevices: async () => 1,
    liftSubjectBlock: async () => undefined,
    startDeviceVerification: async () => ({
      id: VERIFICATION_ID,
      expiresAtMs: MANUAL_CLOCK_START_MS + 600_000,
      device: fakeDevice,
    }),
    checkDeviceVerification: async () => ({ outcome: 'incorrect', checksLeft: 2 }),
    startVerification: async () => started,
    startDisclosedVerification: async () => ({ ...started, code: '9Rs77NuQ' }),
    sendAgain: async () => started,
    checkVerification: async () => ({ outcome: 'incorrect', checksLeft: 4, verification: fakeVerification }),
    checkNewest: async () => ({ outcome: 'approved', checksLeft: 0, verification: fakeVerification }),
    cancelVerification: async () => ({ ...fakeVerification, state: 'canceled' }),
    getVerification: async () => fakeVerification,
    listVerifications: async () => ({ items: [fakeVerification], next: 'cursor-2' }),
    sendMessage: async () => ({ message: fakeMessage, isReplay: false }),
    getMessage: async () => fakeMessage,
    listMessages: async () => ({ items: [fakeMessage] }),
    getEvent: async () => event,
    listEvents: async () => ({ items: [event] }),
    saveTemplate: async () => template,
    getTemplate: async () => template,
    listTemplates: async () => [template],
    deleteTemplate: async () => undefined,
    getBalance: async () => balance,
    topUp: async () => balance,
    setDailyCap: async () => balance,
    listLedger: async () => ({ items: [] }),
    liftBlock: async () => undefined,
    createWebhookEndpoint: async () => ({ endpoint: fakeEndpoint, secret: 'whsec_c2VjcmV0' }),
    getWebhookEndpoint: async () => fakeEndpoint,
    listWebhookEndpoints: async () => [fakeEndpoint],
    updateWebhookEndpoint: async () => fakeEndpoint,
    deleteWebhookEndpoint: async () => undefined,
    rotateWebhookSecret: async () => ({ secret: 'whsec_bmV3' }),
    testWebhookEndpoint: async () => fakeDelivery,
    listWebhookDeliveries: async () => ({ items: [fakeDelivery] }),
    replayWebhooks: async () => ({ replayed: 1, isComplete: true }),
  };
  const calls: EngineCall[] = [];
  const engine = Object.fromEntries(
    Object.entries({ ...answers, ...overrides }).map(([method, answer]) => [
      method,
      (...args: readonly unknown[]) => {
        calls.push({ method: method as keyof Engine, args });
        return (answer as (...args: readonly unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as Engine;
  return {
    engine,
    calls,
    onlyCall(method) {
      const [call, ...others] = calls.filter((each) => each.method === method);
      if (call === undefined || others.length > 0) throw new Error(`${method} was not called exactly once`);
      return call.args.slice(1);
    },
  };
}
