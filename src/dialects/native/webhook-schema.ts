/** The native API's webhook endpoints and deliveries: bodies, queries and replies. */
import { type Static, Type } from 'typebox';
import { EVENT_TYPES } from '../../core/events.ts';
import { DELIVERY_STATES } from '../../core/webhook.ts';
import { closedObject, fields, pageFields, stringEnum } from './fields.ts';

const eventTypes = Type.Array(stringEnum(EVENT_TYPES), {
  minItems: 1,
  maxItems: EVENT_TYPES.length,
  description: 'What it wants to hear of. Absent: everything.',
});
const description = Type.String({ maxLength: 200 });
const format = Type.String({
  minLength: 1,
  maxLength: 40,
  description: 'native, or the name of a dialect whose callbacks it reads. Absent: native.',
});

/** `requests` stands for the URLs that calls named, wherever this says so. */
export const EndpointParams = Type.Object({
  id: Type.String({ description: 'A UUID, or `requests` for the URLs that calls of yours named.' }),
});

export const EndpointBody = closedObject(
  {
    url: fields.webhook,
    eventTypes: Type.Optional(eventTypes),
    format: Type.Optional(format),
    description: Type.Optional(description),
  },
  { title: 'NewWebhookEndpoint' },
);

const STATUSES = ['active', 'disabled'] as const;

export const EndpointPatch = closedObject(
  {
    url: Type.Optional(fields.webhook),
    eventTypes: Type.Optional(Type.Union([eventTypes, Type.Null({ description: 'Everything.' })])),
    description: Type.Optional(Type.Union([description, Type.Null({ description: 'None.' })])),
    status: Type.Optional(stringEnum(STATUSES, 'active also ends what disabled it.')),
  },
  { title: 'WebhookEndpointChange' },
);
export type EndpointPatch = Static<typeof EndpointPatch>;

const endpointFields = {
  id: fields.id,
  url: Type.String(),
  eventTypes: Type.Optional(Type.Array(Type.String(), { description: 'Absent: everything.' })),
  format: Type.String(),
  description: Type.Optional(Type.String()),
  status: stringEnum(STATUSES),
  disabledReason: Type.Optional(
    stringEnum(
      ['by-tenant', 'gone', 'failing'],
      'gone: it answered 410. failing: nothing but failures for days.',
    ),
  ),
  failingSince: Type.Optional(fields.instant),
  createdAt: fields.instant,
  updatedAt: fields.instant,
} as const;

const secret = Type.String({ description: '`whsec_…`: keep it, it is not shown again.' });

export const EndpointReply = Type.Object(endpointFields, { title: 'WebhookEndpoint' });
export const EndpointList = Type.Object({ items: Type.Array(EndpointReply) });
export const CreatedEndpoint = Type.Object(
  { ...endpointFields, secret },
  { title: 'CreatedWebhookEndpoint' },
);
export const SecretReply = Type.Object({ secret }, { title: 'WebhookSecret' });

export const DeliveryQuery = closedObject({
  ...pageFields,
  status: Type.Optional(stringEnum(DELIVERY_STATES)),
});

export const DeliveryReply = Type.Object(
  {
    id: fields.id,
    eventId: Type.String({ description: 'The webhook-id that the receiver sees.' }),
    eventType: Type.String(),
    status: stringEnum(DELIVERY_STATES),
    attempts: Type.Integer({ description: 'How often it was posted, since it was made or replayed.' }),
    nextAttemptAt: Type.Optional(fields.instant),
    lastStatus: Type.Optional(Type.Integer({ description: 'The HTTP status of the last answer.' })),
    failure: Type.Optional(Type.String({ description: 'Why the last attempt failed, in one word.' })),
    createdAt: fields.instant,
    updatedAt: fields.instant,
  },
  { title: 'WebhookDelivery' },
);

export const ReplayBody = Type.Union(
  [
    closedObject({ deliveryId: fields.id }, { title: 'ReplayOne' }),
    closedObject({ failedSince: fields.instant }, { title: 'ReplayFailed' }),
  ],
  { title: 'Replay' },
);
export type ReplayBody = Static<typeof ReplayBody>;

export const ReplayReply = Type.Object(
  {
    replayed: Type.Integer(),
    isComplete: Type.Boolean({ description: 'false: there are more than one call replays; ask again.' }),
  },
  { title: 'Replayed' },
);
