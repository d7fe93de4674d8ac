/**
 * An aggregator that nobody has written a carrier for: its request, its replies and its receipts are settings. It does one
 * request per message and nothing that needs two, such as fetching a token first.
 */
import type { Carrier, OutboundMessage } from '../../engine/ports.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import { createHttpCarrier, type PreparedRequest } from '../kit/http-carrier.ts';
import { receiptUrlFor } from '../kit/receipt-url.ts';
import { validitySeconds } from '../kit/validity.ts';
import { readMappedReceipts } from './mapped-receipts.ts';
import { asIs, escapeFor, fillIn, fillInJson, type MessageValues } from './message-template.ts';
import { readByRules } from './reply-rules.ts';
import type { HttpSettings, RequestSettings } from './settings.ts';

const OWN_ID_BYTES = 16;
/** Two days, after which networks give up by themselves. */
const VALIDITY_SECONDS_MAX = 172_800;
const TEXT_TYPE = 'text/plain; charset=utf-8';

export function createHttp(id: string, settings: HttpSettings, deps: CarrierDeps): Carrier {
  const { request, from, ca } = settings;
  const callback = receiptUrlFor(id, settings);
  const tls = ca === undefined ? undefined : { ca };
  const authorization = authorizationOf(settings.auth ?? {});

  const prepare = (message: OutboundMessage): PreparedRequest => {
    // Fresh for each submit, so that a receipt of an earlier try is not taken for one of this.
    const ownId = Buffer.from(deps.randomBytes(OWN_ID_BYTES)).toString('hex');
    const values: MessageValues = {
      to: message.to,
      toDigits: message.to.replace(/^\+/, ''),
      body: message.body,
      sender: message.sender ?? from ?? '',
      id: ownId,
      validitySeconds: String(validitySeconds(message.notAfterMs, deps.clock(), 1, VALIDITY_SECONDS_MAX)),
      receiptUrl: callback ?? '',
      locale: message.locale ?? '',
      subject: message.subject ?? '',
      code: message.code ?? '',
    };
    const { contentType, body } = bodyOf(request, values);
    const own = Object.entries(request.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      fillIn(value, values, asIs),
    ]);
    return {
      kind: 'request',
      channel: message.channel,
      method: request.method ?? 'POST',
      url: fillIn(request.url, values, encodeURIComponent),
      headers: {
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...(authorization === undefined ? {} : { authorization }),
        ...Object.fromEntries(own),
      },
      ...(body === undefined ? {} : { body }),
      ...(tls === undefined ? {} : { tls }),
      ownId,
    };
  };

  return createHttpCarrier({
    id,
    kind: 'http',
    channels: settings.channels ?? ['sms'],
    traffic: settings,
    deps,
    api: {
      prepare,
      readReply: (reply, prepared) => readByRules(settings, reply, prepared),
      readReceipts: (received) => readMappedReceipts(id, settings, deps.clock, received),
    },
  });
}

interface Body {
  readonly contentType?: string;
  readonly body?: string;
}

function bodyOf({ json, form, text, contentType = TEXT_TYPE }: RequestSettings, values: MessageValues): Body {
  if (json !== undefined) {
    return { contentType: 'application/json', body: JSON.stringify(fillInJson(json, values)) };
  }
  if (form !== undefined) {
    const filled = Object.entries(form).map(([name, value]) => [name, fillIn(value, values, asIs)]);
    return { contentType: 'application/x-www-form-urlencoded', body: new URLSearchParams(filled).toString() };
  }
  return text === undefined ? {} : { contentType, body: fillIn(text, values, escapeFor(contentType)) };
}

function authorizationOf({
  username,
  password,
  bearer,
}: NonNullable<HttpSettings['auth']>): string | undefined {
  if (bearer !== undefined) return `Bearer ${bearer}`;
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
}
