/**
 * Twilio's signature over a form that it posts: HMAC-SHA1 in base64 over the URL and the parameters in order of their
 * names, names and values run together. JSON callbacks are not asked for, so their signature is not known here.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */
import { createHmac } from 'node:crypto';
import { isSameSecret } from '../kit/receipt-url.ts';

export function signForm(key: string, url: string, form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  const parameters = names.flatMap((name) =>
    [...new Set(form.getAll(name))].sort().map((value) => name + value),
  );
  return createHmac('sha1', key)
    .update(url + parameters.join(''))
    .digest('base64');
}

/** Twilio and its likes differ in whether the port that goes without saying is part of the URL, so both are tried. */
export function isSignedForm(key: string, url: string, form: URLSearchParams, signature: string): boolean {
  return [url, withPort(url)].some((candidate) => isSameSecret(signature, signForm(key, candidate, form)));
}

function withPort(url: string): string {
  return url.replace(/^(https?):\/\/([^/:]+|\[[^\]]+\])(?=\/)/, (_, scheme: string, host: string) =>
    scheme === 'https' ? `https://${host}:443` : `http://${host}:80`,
  );
}
