/** The address that receipts of a carrier come to, which is also what aggregators sign. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ReceiptRequest } from '../../engine/ports/receipt-source.ts';
import type { ReceiptSettings } from './settings.ts';

/** What an aggregator is told to call; undefined where no receipts are wanted. */
export function receiptUrlFor(id: string, settings: ReceiptSettings): string | undefined {
  return settings.publicUrl === undefined ? undefined : urlOf(settings.publicUrl, id, settings.receiptSecret);
}

/** The URL that was called, as the outside sees it: behind a proxy the request itself does not tell. */
export function calledUrl(id: string, publicUrl: string, request: ReceiptRequest): string {
  const url = urlOf(publicUrl, id, request.secret);
  return request.query === '' ? url : `${url}?${request.query}`;
}

/** True where no secret is set, so that it is never the only thing that is looked at. */
export function hasRightPath(settings: ReceiptSettings, request: ReceiptRequest): boolean {
  if (settings.receiptSecret === undefined) return request.secret === undefined;
  return request.secret !== undefined && isSameSecret(request.secret, settings.receiptSecret);
}

/** Compares in a time that tells nothing of either text. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

function urlOf(publicUrl: string, id: string, secret: string | undefined): string {
  const base = publicUrl.endsWith('/') ? publicUrl.slice(0, -1) : publicUrl;
  const tail = secret === undefined ? '' : `/${encodeURIComponent(secret)}`;
  return `${base}/receipts/${encodeURIComponent(id)}${tail}`;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
