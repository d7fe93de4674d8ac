/**
 * Telnyx as its documentation describes it: the Messages resource and signed webhooks.
 *
 * @see https://developers.telnyx.com/api-reference/callbacks/delivery-update
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { TelnyxSettings } from '../../../src/carriers/telnyx/settings.ts';
import { createTelnyx } from '../../../src/carriers/telnyx/telnyx.ts';
import { DESTINATIONS } from './aggregator-contract.ts';
import { type Aggregator, type AggregatorContext, CARRIER_ID } from './aggregator-rig.ts';
import { type Answer, jsonReply, type SeenRequest } from './aggregator-stub.ts';

const API_KEY = 'KEY0123456789ABCDEF';
const keys = generateKeyPairSync('ed25519');
/** The raw key is the end of its standard encoding. */
const PUBLIC_KEY = keys.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');

export const TELNYX_TEST_SETTINGS: TelnyxSettings = {
  apiKey: API_KEY,
  from: '+18445550001',
  publicKey: PUBLIC_KEY,
};

export function telnyxWith(overrides: Partial<TelnyxSettings> = {}): Aggregator {
  return {
    name: 'telnyx',
    answer: (context) => {
      let count = 0;
      return (request) => {
        count += 1;
        return answer(context, request, count);
      };
    },
    createCarrier: ({ aggregatorUrl, publicUrl, deps }) =>
      createTelnyx(
        CARRIER_ID,
        { ...TELNYX_TEST_SETTINGS, baseUrl: aggregatorUrl, publicUrl, ...overrides },
        deps,
      ),
  };
}

export function webhook(
  event: unknown,
  atMs: number,
  headers: Readonly<Record<string, string>> = {},
): RequestInit {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const timestamp = String(Math.floor(atMs / 1000));
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'telnyx-timestamp': timestamp,
      'telnyx-signature-ed25519': sign(null, Buffer.from(`${timestamp}|${body}`), keys.privateKey).toString(
        'base64',
      ),
      ...headers,
    },
    body,
  };
}

export function deliveryUpdate(
  id: string,
  type: string,
  status: string,
  errors: readonly object[] = [],
): object {
  return {
    data: {
      record_type: 'event',
      id: '86f58db9-0fe3-4adc-9d1f-46e66e6e9323',
      event_type: type,
      occurred_at: '2019-01-23T18:10:02.574Z',
      payload: {
        record_type: 'message',
        direction: 'outbound',
        id,
        type: 'SMS',
        to: [{ phone_number: '+18665550001', status, carrier: 'T-MOBILE USA, INC.', line_type: 'Wireless' }],
        parts: 1,
        errors,
      },
    },
    meta: { attempt: 1, delivered_to: 'https://www.example.com/hooks' },
  };
}

interface Sent {
  readonly to: string;
  readonly webhook_url?: string;
}

function answer({ report, clock }: AggregatorContext, request: SeenRequest, count: number): Answer {
  if (request.headers.authorization !== `Bearer ${API_KEY}`)
    return fault(401, '10009', 'Authentication failed');
  if (request.path !== '/v2/messages') return fault(404, '10005', 'Resource not found');
  const { to, webhook_url: url }: Sent = JSON.parse(request.body);
  const id = `40385f64-5717-4562-b3fc-${String(count).padStart(12, '0')}`;
  switch (to) {
    case DESTINATIONS.refusedForGood:
      return fault(400, '40310', "Invalid 'to' address");
    case DESTINATIONS.refusedForNow:
      return fault(429, '10011', 'Too many requests');
    case DESTINATIONS.silent:
      return { kind: 'silence' };
  }
  const isGood = to !== DESTINATIONS.undelivered;
  if (url !== undefined && Object.values<string>(DESTINATIONS).includes(to)) {
    setImmediate(async () => {
      await report(url, webhook(deliveryUpdate(id, 'message.sent', 'sent'), clock.now()));
      const final = isGood
        ? deliveryUpdate(id, 'message.finalized', 'delivered')
        : deliveryUpdate(id, 'message.finalized', 'delivery_failed', [
            { code: '40008', title: 'Undeliverable' },
          ]);
      await report(url, webhook(final, clock.now()));
    });
  }
  return jsonReply(200, {
    data: {
      record_type: 'message',
      direction: 'outbound',
      id,
      to: [{ phone_number: to, status: 'queued' }],
      errors: [],
    },
  });
}

function fault(status: number, code: string, title: string): Answer {
  return jsonReply(status, { errors: [{ code, title, detail: title }] });
}
