/**
 * The signature of the SMS API: over the parameters in order of their names, each as `&name=value`, where `&` and `=` in
 * values are underscores; an MD5 over that and the secret, or an HMAC under it.
 *
 * @see https://developer.vonage.com/en/getting-started/concepts/signing-messages
 */
import { createHash, createHmac } from 'node:crypto';
import { isSameSecret } from '../kit/receipt-url.ts';
import type { VonageSettings } from './settings.ts';

export type SignatureMethod = NonNullable<VonageSettings['signatureMethod']>;

export function signParameters(
  parameters: Readonly<Record<string, string>>,
  secret: string,
  method: SignatureMethod,
): string {
  const text = Object.entries(parameters)
    .filter(([name]) => name !== 'sig')
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `&${name}=${value.replaceAll(/[&=]/g, '_')}`)
    .join('');
  if (method === 'md5hash')
    return createHash('md5')
      .update(text + secret)
      .digest('hex');
  return createHmac(method, secret).update(text).digest('hex');
}

/** Vonage writes some digests in capitals. */
export function isSignedBy(
  parameters: Readonly<Record<string, string>>,
  secret: string,
  method: SignatureMethod,
): boolean {
  return isSameSecret((parameters.sig ?? '').toLowerCase(), signParameters(parameters, secret, method));
}
