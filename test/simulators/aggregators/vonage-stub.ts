/**
 * Vonage as its documentation describes it: the SMS API with signed delivery receipts, and the Voice API with signed
 * events. Signatures are made anew here rather than borrowed from the carrier.
 *
 * @see https://developer.vonage.com/en/api/sms
 * @see https://developer.vonage.com/en/api/voice
 */
import { createHash, createHmac, generateKeyPairSync, verify } from 'node:crypto';
import type { VonageSettings } from '../../../src/carriers/vonage/settings.ts';
import { createVonage } from '../../../src/carriers/vonage/vonage.ts';
import { DESTINATIONS } from './aggregator-contract.ts';
import { type Aggregator, type AggregatorContext, CARRIER_ID } from './aggregator-rig.ts';
import { type Answer, jsonReply, type SeenRequest } from './aggregator-stub.ts';

const API_KEY = '88abcd12';
const API_SECRET = 'aaaaaaaabbbbbbbb';
const SIGNATURE_SECRET = 'an unguessable signature secret';
const APPLICATION_ID = '78d335fa-323d-0114-9c3d-d6f0d48968cf';
// The API demands RSA; the shortest that Node.js signs with is the quickest to make.
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const VONAGE_TEST_SETTINGS: VonageSettings = {
  apiKey: API_KEY,
  apiSecret: API_SECRET,
  from: 'Acme',
  signatureSecret: SIGNATURE_SECRET,
  signatureMethod: 'sha256',
  applicationId: APPLICATION_ID,
  privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  voiceFrom: '14155550111',
  channels: ['sms', 'voice'],
};

export function vonageWith(overrides: Partial<VonageSettings> = {}): Aggregator {
  return {
    name: 'vonage',
    answer: (context) => {
      let count = 0;
      return (request) => {
        count += 1;
        return request.path === '/v1/calls'
          ? answerCall(context, request, count)
          : answerText(context, request, count);
      };
    },
    createCarrier: ({ aggregatorUrl, publicUrl, deps }) => {
      const urls = { smsUrl: aggregatorUrl, voiceUrl: aggregatorUrl, publicUrl };
      return createVonage(CARRIER_ID, { ...VONAGE_TEST_SETTINGS, ...urls, ...overrides }, deps);
    },
  };
}

type Parameters = Readonly<Record<string, string>>;

export function signReceipt(parameters: Parameters, secret = SIGNATURE_SECRET): string {
  const text = Object.keys(parameters)
    .sort()
    .reduce((joined, name) => `${joined}&${name}=${parameters[name]?.replace(/[&=]/g, '_')}`, '');
  return createHmac('sha256', secret).update(text).digest('hex').toUpperCase();
}

export function receiptOf(messageId: string, more: Parameters): Parameters {
  return {
    msisdn: '447700900000',
    to: 'Acme',
    'network-code': '12345',
    messageId,
    price: '0.03330000',
    scts: '2001011400',
    'err-code': '0',
    'api-key': API_KEY,
    'message-timestamp': '2020-01-01 12:00:00',
    timestamp: '1582650446',
    nonce: 'ec11dd3e-1e7f-4db5-9467-82b02cd223b9',
    ...more,
  };
}

/** The token of an event: HS256 under the signature secret, with the hash of the body. */
export function signEvent(
  body: string,
  claims: object = {},
  secret = SIGNATURE_SECRET,
  algorithm = 'HS256',
): string {
  const payload_hash = createHash('sha256').update(body).digest('hex');
  const all = { iss: 'Vonage', api_key: API_KEY, application_id: APPLICATION_ID, payload_hash, ...claims };
  const text = [{ alg: algorithm, typ: 'JWT' }, all]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `Bearer ${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export function eventRequest(event: object, authorization?: string): RequestInit {
  const body = JSON.stringify(event);
  const headers = { 'content-type': 'application/json', authorization: authorization ?? signEvent(body) };
  return { method: 'POST', headers, body };
}

function answerText(context: AggregatorContext, request: SeenRequest, count: number): Answer {
  const sent: Parameters = JSON.parse(request.body);
  const { to = '', callback } = sent;
  const messageId = `aaaaaaaa-bbbb-cccc-dddd-${String(count).padStart(12, '0')}`;
  const failed = (status: string, errorText: string) =>
    jsonReply(200, { 'message-count': '1', messages: [{ status, 'error-text': errorText }] });
  if (sent.api_key !== API_KEY || sent.api_secret !== API_SECRET) return failed('4', 'Bad Credentials');
  switch (`+${to}`) {
    case DESTINATIONS.refusedForGood:
      return failed('7', 'Number barred.');
    case DESTINATIONS.refusedForNow:
      return failed('1', 'Throughput Rate Exceeded - please wait [ 250 ] and retry');
    case DESTINATIONS.silent:
      return { kind: 'silence' };
  }
  const isGood = `+${to}` !== DESTINATIONS.undelivered;
  if (callback !== undefined && Object.values<string>(DESTINATIONS).includes(`+${to}`)) {
    setImmediate(async () => {
      for (const status of ['accepted', isGood ? 'delivered' : 'failed']) {
        const receipt = receiptOf(messageId, { status, ...(status === 'failed' && { 'err-code': '1' }) });
        const query = new URLSearchParams({ ...receipt, sig: signReceipt(receipt) });
        await context.report(`${callback}?${query}`, { method: 'GET' });
      }
    });
  }
  const part = {
    to,
    'message-id': messageId,
    status: '0',
    'remaining-balance': '3.14',
    'message-price': '0.03',
  };
  return jsonReply(200, { 'message-count': '1', messages: [part] });
}

interface CallBody {
  readonly to: readonly { readonly number: string }[];
  readonly event_url?: readonly string[];
}

function answerCall(context: AggregatorContext, request: SeenRequest, count: number): Answer {
  if (!isAuthorized(String(request.headers.authorization), context.clock.now())) {
    return jsonReply(401, { type: 'UNAUTHORIZED', error_title: 'Unauthorized' });
  }
  const { to, event_url: eventUrl }: CallBody = JSON.parse(request.body);
  const number = `+${to[0]?.number}`;
  const uuid = `63f61863-4a51-4f6b-86e1-${String(count).padStart(12, '0')}`;
  switch (number) {
    case DESTINATIONS.refusedForGood:
      return jsonReply(400, { type: 'BAD_REQUEST', error_title: 'Bad Request', invalid_parameters: {} });
    case DESTINATIONS.refusedForNow:
      return jsonReply(429, { type: 'TOO_MANY_REQUESTS', error_title: 'Too Many Requests' });
    case DESTINATIONS.silent:
      return { kind: 'silence' };
  }
  const url = eventUrl?.[0];
  if (url !== undefined) {
    const last = number === DESTINATIONS.delivered ? ['answered', 'completed'] : ['unanswered'];
    setImmediate(async () => {
      for (const status of ['started', 'ringing', ...last]) {
        await context.report(url, eventRequest({ uuid, status, direction: 'outbound' }));
      }
    });
  }
  return jsonReply(201, { uuid, status: 'started', direction: 'outbound', conversation_uuid: `CON-${uuid}` });
}

function isAuthorized(authorization: string, nowMs: number): boolean {
  const [header = '', payload = '', signature = ''] = authorization.replace(/^Bearer /, '').split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const isFresh = claims.iat * 1000 <= nowMs && claims.exp * 1000 > nowMs && typeof claims.jti === 'string';
  const signed = Buffer.from(`${header}.${payload}`);
  const isSigned = verify('sha256', signed, keys.publicKey, Buffer.from(signature, 'base64url'));
  return isFresh && isSigned && claims.application_id === APPLICATION_ID;
}
