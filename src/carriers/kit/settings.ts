/**
 * Settings that carriers over HTTP share, as parts of their schemas. Descriptions are what an editor shows; docs/carriers/
 * says more.
 */
import { type Static, Type } from 'typebox';

/** Held below what one carrier can do, not what one account may. */
const MESSAGES_PER_SECOND_MAX = 10_000;
const CONCURRENT_MAX = 500;
/** The dispatcher gives up after 20 s whatever is set here. */
const TIMEOUT_SECONDS_MAX = 19;
/** 128 bits in base64url or more. */
const SECRET_PATTERN = '^[A-Za-z0-9_-]{22,128}$';

export const TRAFFIC_PROPERTIES = {
  messagesPerSecond: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: MESSAGES_PER_SECOND_MAX,
      description: 'Requests per second at most, evenly spaced. Without it: as fast as the answers come.',
    }),
  ),
  concurrentMax: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: CONCURRENT_MAX,
      description: 'Requests at once at most; 32 unless told.',
    }),
  ),
  timeoutSeconds: Type.Optional(
    Type.Number({
      minimum: 1,
      maximum: TIMEOUT_SECONDS_MAX,
      description: 'Until a request without an answer counts as unknown; 15 unless told.',
    }),
  ),
};
const TRAFFIC = Type.Object(TRAFFIC_PROPERTIES);
export type TrafficSettings = Static<typeof TRAFFIC>;

export const RECEIPT_PROPERTIES = {
  publicUrl: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s?#]+$',
      description:
        'Where this server is reached from outside, without `/receipts`; `http.publicUrl` unless told. Without either no receipts are asked for.',
    }),
  ),
  receiptSecret: Type.Optional(
    Type.String({
      pattern: SECRET_PATTERN,
      description: 'An unguessable last part of the receipts URL, 22 to 128 letters, digits, `_` or `-`.',
    }),
  ),
};
const RECEIPT = Type.Object(RECEIPT_PROPERTIES);
export type ReceiptSettings = Static<typeof RECEIPT>;

export const VOICE_PROPERTIES = {
  languages: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-z]{2,3}$' }), Type.String({ pattern: '^[A-Za-z0-9-]{2,20}$' }), {
      description:
        'Language of a text → the vendor’s code for the voice that speaks it, added to the built-in table.',
    }),
  ),
  ringSeconds: Type.Optional(
    Type.Integer({
      minimum: 5,
      maximum: 120,
      description: 'How long a call may ring before it counts as unanswered; 30 unless told.',
    }),
  ),
};

export const RING_SECONDS = 30;
