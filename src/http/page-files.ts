/**
 * The files of a page under web/, read once and served with strict headers: nothing from elsewhere, nothing inline,
 * revalidated by ETag. It serves the files it is given by name, never a path from a request.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface PageFile {
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly etag: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/** Trusted Types make the browser refuse text as markup, which these pages never need. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** For what pages load and what they ask for: no other site may read or frame it. */
export const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

export async function readPageFile(url: URL): Promise<PageFile> {
  const bytes = await readFile(url);
  const contentType = CONTENT_TYPES[extname(url.pathname)];
  if (contentType === undefined) throw new Error(`no content type is known for ${url.pathname}`);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  return { contentType, bytes, etag };
}

export function sendPageFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  reply.headers({ ...PAGE_HEADERS, 'cache-control': 'no-cache', etag: file.etag });
  if (namesEtag(request.headers['if-none-match'], file.etag)) return reply.code(304).send();
  return reply.type(file.contentType).send(file.bytes);
}

/** RFC 9110 §13.1.2: a list, compared weakly. */
function namesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}
