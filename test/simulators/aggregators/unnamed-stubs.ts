/**
 * The two servers that the worked examples in docs/carriers/ are written for. The carrier’s settings are read from those
 * pages, so that what is printed there is what is tested.
 *
 * @see https://docs.sms-gate.app/features/webhooks
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createHttp } from '../../../src/carriers/http/http.ts';
import type { HttpSettings } from '../../../src/carriers/http/settings.ts';
import { DESTINATIONS } from './aggregator-contract.ts';
import { type Aggregator, type AggregatorContext, CARRIER_ID } from './aggregator-rig.ts';
import { type Answer, jsonReply, type SeenRequest } from './aggregator-stub.ts';

export const ENVIRONMENT: Readonly<Record<string, string>> = {
  AGGREGATOR_KEY: 'key-of-the-aggregator',
  AGGREGATOR_SIGNING_KEY: 'signing-key-of-the-aggregator',
  PHONE_PASSWORD: 'password-of-the-phone',
  PHONE_SIGNING_KEY: 'signing-key-of-the-phone',
};

/** The settings of the only carrier of the first YAML block on a page. */
export function settingsOnPage(page: string): HttpSettings {
  const markdown = readFileSync(new URL(`../../../docs/carriers/${page}`, import.meta.url), 'utf8');
  const [, block = ''] = /```yaml\n(.+?)```/s.exec(markdown) ?? [];
  const filled = block.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => ENVIRONMENT[name] ?? '');
  const { carriers }: { carriers: Record<string, HttpSettings & { kind?: string }> } = parse(filled);
  const { kind: _kind, ...settings } = Object.values(carriers)[0] ?? {};
  return settings as HttpSettings;
}

/** As on the page, but for where the aggregator and this server are, and unhurried by the page’s rate. */
function withoutHurry(settings: HttpSettings, { aggregatorUrl, publicUrl }: AggregatorContext): HttpSettings {
  const { messagesPerSecond: _rate, concurrentMax: _width, ...rest } = settings;
  const url = settings.request.url.replace(/^https?:\/\/[^/]+/, aggregatorUrl);
  return { ...rest, request: { ...settings.request, url }, publicUrl };
}

export const unnamedAggregator = fromPage('http-aggregator.md', answerAsAggregator);
export const androidPhone = fromPage('http-android-phone.md', answerAsPhone);

function fromPage(
  page: string,
  answer: (context: AggregatorContext, request: SeenRequest, count: number) => Answer,
): Aggregator {
  return {
    name: page,
    answer: (context) => {
      let count = 0;
      return (request) => {
        count += 1;
        return answer(context, request, count);
      };
    },
    createCarrier: (context) =>
      createHttp(CARRIER_ID, withoutHurry(settingsOnPage(page), context), context.deps),
  };
}

export function aggregatorReport(
  reports: readonly object[],
  key = ENVIRONMENT.AGGREGATOR_SIGNING_KEY ?? '',
): RequestInit {
  const body = JSON.stringify({ reports });
  const signature = createHmac('sha256', key).update(body).digest('hex');
  return { method: 'POST', headers: { 'content-type': 'application/json', 'x-signature': signature }, body };
}

function answerAsAggregator(context: AggregatorContext, request: SeenRequest, count: number): Answer {
  const error = (code: string) => jsonReply(200, { status: 'error', error: { code } });
  if (request.headers['x-api-key'] !== ENVIRONMENT.AGGREGATOR_KEY) return jsonReply(401, {});
  const { to, callback }: { readonly to: string; readonly callback: string } = JSON.parse(request.body);
  const id = `agg-${count}`;
  switch (`+${to}`) {
    case DESTINATIONS.refusedForGood:
      return error('E17');
    case DESTINATIONS.refusedForNow:
      return error('E40');
    case DESTINATIONS.silent:
      return { kind: 'silence' };
  }
  const state = `+${to}` === DESTINATIONS.undelivered ? 'undelivered' : 'delivered';
  if (Object.values<string>(DESTINATIONS).includes(`+${to}`)) {
    setImmediate(() =>
      context.report(
        callback,
        aggregatorReport([
          { id, state: 'sent' },
          { id, state, cause: '17' },
        ]),
      ),
    );
  }
  return jsonReply(200, { status: 'ok', message: { id } });
}

export function phoneEvent(event: string, messageId: string, atMs: number): RequestInit {
  const payload = {
    messageId,
    phoneNumber: '+14155550100',
    simNumber: 1,
    sentAt: '2024-06-07T11:41:31.000+07:00',
  };
  const body = JSON.stringify({ deviceId: 'ffffffffceb0b1db', event, id: 'Ey6ECgOkVVFjz3CL48B8C', payload });
  const timestamp = String(Math.floor(atMs / 1000));
  const key = ENVIRONMENT.PHONE_SIGNING_KEY ?? '';
  const headers = {
    'content-type': 'application/json',
    'x-timestamp': timestamp,
    'x-signature': createHmac('sha256', key)
      .update(body + timestamp)
      .digest('hex'),
  };
  return { method: 'POST', headers, body };
}

function answerAsPhone(context: AggregatorContext, request: SeenRequest): Answer {
  const basic = Buffer.from(`sms:${ENVIRONMENT.PHONE_PASSWORD}`).toString('base64');
  if (request.headers.authorization !== `Basic ${basic}`) return jsonReply(401, {});
  const { id, phoneNumbers }: { readonly id: string; readonly phoneNumbers: readonly string[] } = JSON.parse(
    request.body,
  );
  const [to = ''] = phoneNumbers;
  switch (to) {
    case DESTINATIONS.refusedForGood:
      return jsonReply(400, { message: 'invalid phone number' });
    case DESTINATIONS.refusedForNow:
      return jsonReply(500, { message: 'radio off' });
    case DESTINATIONS.silent:
      return { kind: 'silence' };
  }
  const final = to === DESTINATIONS.undelivered ? 'sms:failed' : 'sms:delivered';
  if (Object.values<string>(DESTINATIONS).includes(to)) {
    // The app’s webhooks are registered once; they are not part of a message.
    const url = `${context.publicUrl}/receipts/${CARRIER_ID}`;
    setImmediate(async () => {
      for (const event of ['sms:sent', final])
        await context.report(url, phoneEvent(event, id, context.clock.now()));
    });
  }
  return jsonReply(202, { id, state: 'Pending', recipients: [{ phoneNumber: to, state: 'Pending' }] });
}
