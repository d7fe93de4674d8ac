/**
 * Infobip as its documentation describes it: version 3 of the SMS API, and delivery reports to an unguessable path.
 *
 * @see https://www.infobip.com/docs/api/channels/sms/outbound-sms/send-sms-messages
 */
import { createInfobip } from '../../../src/carriers/infobip/infobip.ts';
import type { InfobipSettings } from '../../../src/carriers/infobip/settings.ts';
import { DESTINATIONS } from './aggregator-contract.ts';
import { type Aggregator, type AggregatorContext, CARRIER_ID } from './aggregator-rig.ts';
import { type Answer, jsonReply, type SeenRequest } from './aggregator-stub.ts';

const API_KEY = '0123456789abcdef-0123456789abcdef';
export const RECEIPT_SECRET = 'an_unguessable-path_0123456789';

export const INFOBIP_TEST_SETTINGS: InfobipSettings = {
  apiKey: API_KEY,
  baseUrl: 'https://xxxxx.api.infobip.com',
  from: 'InfoSMS',
  receiptSecret: RECEIPT_SECRET,
};

export function infobipWith(overrides: Partial<InfobipSettings> = {}): Aggregator {
  return {
    name: 'infobip',
    answer: (context) => {
      let count = 0;
      return (request) => {
        count += 1;
        return answer(context, request, count);
      };
    },
    createCarrier: ({ aggregatorUrl, publicUrl, deps }) =>
      createInfobip(
        CARRIER_ID,
        { ...INFOBIP_TEST_SETTINGS, baseUrl: aggregatorUrl, publicUrl, ...overrides },
        deps,
      ),
  };
}

export function statusOf(group: string, name: string, ids: readonly [number, number] = [1, 26]): object {
  return { groupId: ids[0], groupName: group, id: ids[1], name, description: name };
}

export function report(results: readonly object[]): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ results }),
  };
}

export function resultOf(messageId: string, group: string, error = 'NO_ERROR'): object {
  return {
    bulkId: 'BULK-ID-123-xyz',
    messageId,
    to: '41793026834',
    sentAt: '2019-11-09T16:00:00.000+0000',
    doneAt: '2019-11-09T16:00:00.000+0000',
    smsCount: 1,
    price: { pricePerMessage: 0.01, currency: 'EUR' },
    status: statusOf(group, `${group}_X`),
    error: { groupId: 0, groupName: 'OK', id: 0, name: error, description: error, permanent: false },
  };
}

interface Sent {
  readonly messages: readonly {
    readonly destinations: readonly { readonly to: string }[];
    readonly webhooks?: { readonly delivery: { readonly url: string } };
  }[];
}

function answer(context: AggregatorContext, request: SeenRequest, count: number): Answer {
  if (request.headers.authorization !== `App ${API_KEY}`) {
    return jsonReply(401, {
      errorCode: 'E401',
      description: 'The request lacks valid authentication credentials.',
    });
  }
  const { messages }: Sent = JSON.parse(request.body);
  const to = `+${messages[0]?.destinations[0]?.to}`;
  const url = messages[0]?.webhooks?.delivery.url;
  const messageId = `2250be2d4219-3af1-78856-aabe-${String(count).padStart(12, '0')}`;
  const reply = (status: object) =>
    jsonReply(200, { bulkId: 'b1', messages: [{ messageId, status, destination: to.slice(1) }] });
  switch (to) {
    case DESTINATIONS.refusedForGood:
      return reply(statusOf('REJECTED', 'REJECTED_DESTINATION', [5, 14]));
    case DESTINATIONS.refusedForNow:
      return reply(statusOf('REJECTED', 'REJECTED_FLOODING_FILTER', [5, 20]));
    case DESTINATIONS.silent:
      return { kind: 'silence' };
  }
  const isGood = to !== DESTINATIONS.undelivered;
  if (url !== undefined && Object.values<string>(DESTINATIONS).includes(to)) {
    const result = isGood
      ? resultOf(messageId, 'DELIVERED')
      : resultOf(messageId, 'UNDELIVERABLE', 'EC_ABSENT_SUBSCRIBER');
    setImmediate(() => context.report(url, report([result])));
  }
  return reply(statusOf('PENDING', 'PENDING_ACCEPTED'));
}
