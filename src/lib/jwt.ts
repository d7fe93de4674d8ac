/**
 * JSON Web Tokens signed with RS256, and nothing else: keys are made, tokens signed and read. Which key is in use, and
 * what the claims mean, is for the engine.
 *
 * @see RFC 7519 (JWT), RFC 7515 (JWS), RFC 7517 (JWK), RFC 8725 (what goes wrong with them)
 */
import {
  type CryptoKey,
  calculateJwkThumbprint,
  errors,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  importPKCS8,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { toDate } from './time.ts';

export type JwtKey = CryptoKey;
export type JwtClaims = Readonly<Record<string, unknown>>;

/** The public half of an RSA key, as RFC 7517 writes it. */
export interface PublicJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}

export interface NewSigningKey {
  /** The thumbprint of the public key (RFC 7638): the same key never has two names. */
  readonly kid: string;
  readonly publicJwk: PublicJwk;
  /** PKCS #8 in PEM; to be sealed before it is stored. */
  readonly privatePem: string;
}

/** The one algorithm: what a token says of itself never chooses (RFC 8725 §3.1). */
export const JWT_ALGORITHM = 'RS256';
/** RFC 7518 §3.3 asks for 2048 bits at least; more would double the time of a signature. */
const MODULUS_BITS = 2048;
/** Longer than any token of ours; what is longer is not even split. */
const TOKEN_CHARACTERS_MAX = 4096;
/** RFC 7515 §7.1: header, payload and signature in base64url. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Takes a tenth of a second or more, on a thread of its own. */
export async function makeSigningKey(): Promise<NewSigningKey> {
  const pair = await generateKeyPair(JWT_ALGORITHM, { modulusLength: MODULUS_BITS, extractable: true });
  const { n = '', e = '' } = await exportJWK(pair.publicKey);
  const publicJwk = { kty: 'RSA', n, e } as const;
  const kid = await calculateJwkThumbprint(publicJwk);
  return { kid, publicJwk, privatePem: await exportPKCS8(pair.privateKey) };
}

export function importPrivateKey(privatePem: string): Promise<JwtKey> {
  return importPKCS8(privatePem, JWT_ALGORITHM);
}

export async function importPublicKey(publicJwk: PublicJwk): Promise<JwtKey> {
  const key = await importJWK({ ...publicJwk }, JWT_ALGORITHM);
  if (key instanceof Uint8Array) throw new TypeError('an RSA key is not a secret');
  return key;
}

export interface JwtKind {
  /** The `typ` of the header: keeps one kind of token from being taken for another (RFC 8725 §3.11). */
  readonly type: 'JWT' | 'at+jwt';
  readonly issuer: string;
  readonly audience: string;
}

export function signJwt(kid: string, key: JwtKey, type: JwtKind['type'], claims: JwtClaims): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: JWT_ALGORITHM, typ: type, kid }).sign(key);
}

/** Tells a token from the secret of a key, without looking into it. */
export function isJwtShaped(text: string): boolean {
  return text.length <= TOKEN_CHARACTERS_MAX && COMPACT.test(text);
}

export interface JwtReading extends JwtKind {
  /** Undefined: no such key. */
  readonly findKey: (kid: string) => Promise<JwtKey | undefined>;
  readonly requiredClaims: readonly string[];
  readonly nowMs: number;
  /** How long after `exp` a token is still read. */
  readonly toleranceSeconds?: number;
}

/** `expired` is said only of a token that is right in everything else. */
export type ReadJwt =
  | { readonly kind: 'read'; readonly claims: JWTPayload }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' };

export async function readJwt(token: string, reading: JwtReading): Promise<ReadJwt> {
  if (!isJwtShaped(token)) return { kind: 'invalid' };
  try {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = kid === undefined ? undefined : await reading.findKey(kid);
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        algorithms: [JWT_ALGORITHM],
        typ: reading.type,
        issuer: reading.issuer,
        audience: reading.audience,
        requiredClaims: ['exp', ...reading.requiredClaims],
        currentDate: toDate(reading.nowMs),
        clockTolerance: reading.toleranceSeconds ?? 0,
      },
    );
    return { kind: 'read', claims: payload };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { kind: 'expired' };
    // Whatever jose refuses is a bad token; anything else (a store that does not answer) is not the caller's doing.
    if (error instanceof errors.JOSEError) return { kind: 'invalid' };
    throw error;
  }
}
