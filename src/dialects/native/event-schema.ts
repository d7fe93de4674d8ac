/** The native API's events: queries and replies. */
import { Type } from 'typebox';
import { EVENT_TYPES } from '../../core/events.ts';
import { closedObject, fields, pageFields, stringEnum } from './fields.ts';

export const TimelineQuery = closedObject({ ...pageFields });

export const EventQuery = closedObject({
  ...pageFields,
  type: Type.Optional(stringEnum(EVENT_TYPES)),
  verificationId: Type.Optional(fields.id),
  messageId: Type.Optional(fields.id),
});

export const EventReply = Type.Object(
  {
    id: fields.id,
    type: stringEnum(EVENT_TYPES),
    verificationId: Type.Optional(fields.id),
    messageId: Type.Optional(fields.id),
    createdAt: fields.instant,
    data: Type.Unsafe<Readonly<Record<string, string | number | boolean>>>({
      type: 'object',
      additionalProperties: true,
      description: 'Ids, masks, names and numbers; never an address, a code or a text.',
    }),
  },
  { title: 'Event' },
);
