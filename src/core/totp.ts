/**
 * Counter and time based codes of authenticator apps: the arithmetic, the match with its replay rule, and the URI that
 * apps read. It keeps no device: the caller stores the secret sealed and the last accepted step.
 *
 * @see RFC 4226 §5.3 (HOTP), RFC 6238 §4 and §5.2 (TOTP)
 */
import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { encodeBase32 } from './base32.ts';

export type TotpAlgorithm = 'SHA1' | 'SHA256' | 'SHA512';

export interface TotpForm {
  readonly algorithm: TotpAlgorithm;
  readonly digits: 6 | 8;
  readonly periodSeconds: number;
}

/** What every app can do. Several apps read no other algorithm, length or period and show wrong codes instead. */
export const DEFAULT_TOTP_FORM: TotpForm = { algorithm: 'SHA1', digits: 6, periodSeconds: 30 };

/** RFC 4226 §4 R6 recommends 160 bits, the output of SHA-1. */
export const TOTP_SECRET_BYTES = 20;

/** RFC 6238 §5.2 recommends at most one step of delay; one step ahead serves a phone whose clock is fast. */
const STEPS_AROUND = 1;

/** RFC 4226 §5.3, with the hash functions of RFC 6238 §1.2. The counter is a whole number below 2^53. */
export function hotp(secret: Uint8Array, counter: number, form: TotpForm): string {
  assert(Number.isSafeInteger(counter) && counter >= 0, 'counter out of bounds');
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac(form.algorithm, secret).update(message).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0xf;
  const truncated = digest.readUInt32BE(offset) & 0x7fff_ffff;
  return String(truncated % 10 ** form.digits).padStart(form.digits, '0');
}

/** The number of whole periods since the Unix epoch. */
export function totpStepAt(nowMs: number, periodSeconds: number): number {
  return Math.floor(nowMs / 1000 / periodSeconds);
}

export function totp(secret: Uint8Array, nowMs: number, form: TotpForm = DEFAULT_TOTP_FORM): string {
  return hotp(secret, totpStepAt(nowMs, form.periodSeconds), form);
}

export interface TotpMatchInput {
  readonly secret: Uint8Array;
  /** Digits only, already through `parseCode`; another length matches nothing. */
  readonly code: string;
  readonly nowMs: number;
  /** The step of the last accepted code. Neither it nor an earlier one is accepted again (RFC 6238 §5.2). */
  readonly lastUsedStep?: number;
  readonly form?: TotpForm;
}

/**
 * The step whose code was given, to be stored as `lastUsedStep` by a conditional write (`last_used_step < step`), so
 * that of two checks at once only one is accepted. Every step in reach is computed and compared in constant time and
 * none ends the search, so the time tells neither whether nor where it matched.
 */
export function matchTotp(input: TotpMatchInput): { readonly step: number } | undefined {
  const form = input.form ?? DEFAULT_TOTP_FORM;
  const now = totpStepAt(input.nowMs, form.periodSeconds);
  const given = Buffer.from(input.code);
  let matched: number | undefined;
  for (let step = Math.max(0, now - STEPS_AROUND); step <= now + STEPS_AROUND; step += 1) {
    const isEqual = isSameCode(given, Buffer.from(hotp(input.secret, step, form)));
    const isUnused = input.lastUsedStep === undefined || step > input.lastUsedStep;
    // Of two equal codes the earlier step is taken, so the other can still be used in its own time.
    if (isEqual && isUnused && matched === undefined) matched = step;
  }
  return matched === undefined ? undefined : { step: matched };
}

function isSameCode(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export interface OtpauthInput {
  readonly secret: Uint8Array;
  /** The name of the service, shown above the code. */
  readonly issuer: string;
  /** The person's name at the service, shown below it. */
  readonly account: string;
  readonly form?: TotpForm;
}

/**
 * The Key URI that Google Authenticator defined and that others read. The issuer stands in the label and as a
 * parameter, because old apps read one and new ones the other; a colon parts the label, so names lose theirs.
 *
 * @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format
 */
export function otpauthUri(input: OtpauthInput): string {
  const form = input.form ?? DEFAULT_TOTP_FORM;
  const issuer = labelPart(input.issuer);
  const account = labelPart(input.account);
  const label = issuer === '' ? account : `${issuer}:${account}`;
  const parameters: readonly (readonly [string, string])[] = [
    ['secret', encodeBase32(input.secret)],
    ...(issuer === '' ? [] : [['issuer', issuer] as const]),
    ['algorithm', form.algorithm],
    ['digits', String(form.digits)],
    ['period', String(form.periodSeconds)],
  ];
  const query = parameters.map(([name, value]) => `${name}=${value}`).join('&');
  return `otpauth://totp/${label}?${query}`;
}

/** Percent-encoded, a space as %20: some apps show the plus of a form encoding as a plus. */
function labelPart(name: string): string {
  return encodeURIComponent(name.replaceAll(':', ' ').trim().toWellFormed());
}
