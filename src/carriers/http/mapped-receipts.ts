/** Receipts by the mapping in the settings. All ways of authentication that are set have to agree. */
import { createHmac } from 'node:crypto';
import type { Receipt, ReceiptState } from '../../core/delivery.ts';
import type { ReceiptReading, ReceiptRequest } from '../../engine/ports/receipt-source.ts';
import type { Clock } from '../../lib/time.ts';
import { parseJson, parseJsonPath, textAt, valueAt } from '../kit/json-value.ts';
import { calledUrl, hasRightPath, isSameSecret } from '../kit/receipt-url.ts';
import { toReason } from '../kit/verdict.ts';
import { asIs, fillIn } from './message-template.ts';
import { type HttpSettings, isOneOf, type ReceiptMapping } from './settings.ts';

/** Either way, as everybody does who signs times. */
const TOLERANCE_SECONDS = 300;
const STATES = ['accepted', 'delivered', 'failed', 'expired'] as const satisfies readonly ReceiptState[];

export function readMappedReceipts(
  id: string,
  settings: HttpSettings,
  clock: Clock,
  request: ReceiptRequest,
): ReceiptReading {
  const { receipts: mapping, publicUrl } = settings;
  if (!mapping || publicUrl === undefined || !hasRightPath(settings, request)) return { kind: 'forged' };
  if (!hasHeader(mapping, request)) return { kind: 'forged' };
  if (!isSigned(mapping, request, calledUrl(id, publicUrl, request), clock())) return { kind: 'forged' };

  const document = readDocument(mapping, request);
  if (document === undefined) return { kind: 'malformed' };
  const list = mapping.listPath === undefined ? [document] : valueAt(document, pathOf(mapping.listPath));
  if (!Array.isArray(list)) return { kind: 'malformed' };
  const receipts = list.flatMap((item) => toReceipt(id, mapping, item, clock()));
  const { acknowledgement } = mapping;
  if (acknowledgement === undefined) return { kind: 'read', receipts };
  return { kind: 'read', receipts, acknowledgement: { contentType: 'text/plain', body: acknowledgement } };
}

function hasHeader({ header }: ReceiptMapping, { headers }: ReceiptRequest): boolean {
  return !header || isSameSecret(headers[header.name.toLowerCase()] ?? '', header.value);
}

function isSigned({ hmac }: ReceiptMapping, request: ReceiptRequest, url: string, nowMs: number): boolean {
  if (!hmac) return true;
  const { headers, rawBody } = request;
  const timestamp = hmac.timestampHeader ? (headers[hmac.timestampHeader.toLowerCase()] ?? '') : '';
  if (hmac.timestampHeader) {
    const isFresh =
      /^\d{1,12}$/.test(timestamp) && Math.abs(nowMs / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS;
    if (!isFresh) return false;
  }
  // One code unit a byte, so that a body that is no UTF-8 is signed as it came.
  const values = { body: rawBody.toString('latin1'), timestamp, url: Buffer.from(url).toString('latin1') };
  const signed = Buffer.from(fillIn(hmac.signs ?? '{{body}}', values, asIs), 'latin1');
  const digest = createHmac(hmac.algorithm ?? 'sha256', hmac.secret).update(signed);
  const encoding = hmac.encoding ?? 'hex';
  const given = headers[hmac.header.toLowerCase()] ?? '';
  const prefix = hmac.prefix ?? '';
  if (!given.startsWith(prefix)) return false;
  const signature = given.slice(prefix.length);
  return isSameSecret(encoding === 'hex' ? signature.toLowerCase() : signature, digest.digest(encoding));
}

function readDocument({ source = 'json' }: ReceiptMapping, { query, rawBody }: ReceiptRequest): unknown {
  const body = rawBody.toString('utf8');
  if (source === 'json') return parseJson(body);
  return Object.fromEntries(new URLSearchParams(source === 'query' ? query : body));
}

function toReceipt(
  id: string,
  mapping: ReceiptMapping,
  item: unknown,
  receivedAtMs: number,
): readonly Receipt[] {
  const carrierMessageId = textAt(item, ...pathOf(mapping.idPath));
  const word = textAt(item, ...pathOf(mapping.statePath));
  const state = STATES.find((candidate) => isOneOf(word, mapping.states[candidate]));
  if (carrierMessageId === undefined || state === undefined) return [];
  const code = mapping.reasonPath === undefined ? undefined : textAt(item, ...pathOf(mapping.reasonPath));
  const receipt = { carrier: id, carrierMessageId, state, receivedAtMs };
  return [code === undefined ? receipt : { ...receipt, reason: toReason('code', code) }];
}

/** Settings without faults have none but good paths. */
function pathOf(text: string) {
  return parseJsonPath(text) ?? [];
}
