/** Settings of kind `http`: an aggregator’s API told as data. What they mean in full is in docs/carriers/http.md. */
import { type Static, Type } from 'typebox';
import { RECEIPT_PROPERTIES, TRAFFIC_PROPERTIES } from '../kit/settings.ts';

const WORDS_MAX = 100;
const PATTERN_CHARS_MAX = 200;
const HEADERS_MAX = 20;
const SENDER_CHARS_MAX = 100;

const closed = { additionalProperties: false };
const text = (description: string) => Type.String({ minLength: 1, description });
/** YAML reads `0` and `true` as what they look like; they are compared as text. */
const words = (description: string) =>
  Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
    minItems: 1,
    maxItems: WORDS_MAX,
    description,
  });

const REQUEST = Type.Object(
  {
    method: Type.Optional(
      Type.Union([Type.Literal('GET'), Type.Literal('POST'), Type.Literal('PUT')], {
        description: 'The HTTP method; `POST` unless told.',
      }),
    ),
    url: Type.String({
      pattern: '^https?://',
      description: 'The URL, with variables in path and query only.',
    }),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$" }), Type.String(), {
        maxProperties: HEADERS_MAX,
        description: 'Headers by name; no variable that a caller writes.',
      }),
    ),
    json: Type.Optional(Type.Unknown({ description: 'A JSON body; texts in it may hold variables.' })),
    form: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'A form body: names and values with variables.',
      }),
    ),
    text: Type.Optional(text('Any other body, escaped as `contentType` demands.')),
    contentType: Type.Optional(text('The media type of `text`; `text/plain; charset=utf-8` unless told.')),
  },
  { ...closed, description: 'The request that sends a message.' },
);

const AUTH = Type.Object(
  {
    username: Type.Optional(text('The name of Basic authentication.')),
    password: Type.Optional(text('The password of Basic authentication.')),
    bearer: Type.Optional(text('A token of Bearer authentication.')),
  },
  { ...closed, description: 'How requests are authenticated, unless by a header of `request`.' },
);

const SUCCESS = Type.Object(
  {
    statuses: Type.Optional(
      Type.Array(Type.Integer({ minimum: 200, maximum: 299 }), {
        minItems: 1,
        description: 'The HTTP statuses that may mean yes; every 2xx unless told.',
      }),
    ),
    path: Type.Optional(text('The place in the JSON reply whose value tells yes from no.')),
    values: Type.Optional(words('The values there that mean yes.')),
    pattern: Type.Optional(
      Type.String({
        maxLength: PATTERN_CHARS_MAX,
        description: 'A regular expression that a reply of yes matches.',
      }),
    ),
    idPath: Type.Optional(text('The place of the message’s id in the JSON reply.')),
    idPattern: Type.Optional(
      Type.String({
        maxLength: PATTERN_CHARS_MAX,
        description: 'A regular expression whose first group is the message’s id.',
      }),
    ),
  },
  { ...closed, description: 'What a reply that accepts the message looks like.' },
);

const ERRORS = Type.Object(
  {
    path: Type.Optional(text('The place of the error code in the JSON reply.')),
    pattern: Type.Optional(
      Type.String({
        maxLength: PATTERN_CHARS_MAX,
        description: 'A regular expression whose first group is the error code.',
      }),
    ),
    permanent: Type.Optional(words('Codes after which this message never goes through here.')),
    temporary: Type.Optional(words('Codes after which the same request may work in a while.')),
    throttled: Type.Optional(words('Codes that mean too much at once.')),
    account: Type.Optional(words('Codes that mean credentials, credit or settings.')),
  },
  { ...closed, description: 'What error codes mean; without them the HTTP status decides.' },
);

const HMAC = Type.Object(
  {
    header: text('The header that holds the signature.'),
    secret: text('The key.'),
    algorithm: Type.Optional(
      Type.Union([Type.Literal('sha1'), Type.Literal('sha256'), Type.Literal('sha512')], {
        description: 'The hash; `sha256` unless told.',
      }),
    ),
    encoding: Type.Optional(
      Type.Union([Type.Literal('hex'), Type.Literal('base64')], {
        description: 'How the signature is written; `hex` unless told.',
      }),
    ),
    prefix: Type.Optional(Type.String({ description: 'What stands before the signature, e.g. `sha256=`.' })),
    timestampHeader: Type.Optional(text('The header that holds the time of signing, Unix seconds.')),
    signs: Type.Optional(
      text('What is signed, of `{{body}}`, `{{timestamp}}` and `{{url}}`; `{{body}}` unless told.'),
    ),
  },
  { ...closed, description: 'A signature over receipts.' },
);

const RECEIPTS = Type.Object(
  {
    source: Type.Optional(
      Type.Union([Type.Literal('json'), Type.Literal('form'), Type.Literal('query')], {
        description: 'Where a receipt’s fields are; `json` unless told.',
      }),
    ),
    listPath: Type.Optional(text('The place of the list, where one request holds several receipts.')),
    idPath: text('The place of the message’s id.'),
    statePath: text('The place of the word for what became of it.'),
    reasonPath: Type.Optional(text('The place of an error code to keep on the timeline.')),
    states: Type.Object(
      {
        accepted: Type.Optional(words('Words for a message on its way.')),
        delivered: Type.Optional(words('Words for a message that has arrived.')),
        failed: Type.Optional(words('Words for a message that never will.')),
        expired: Type.Optional(words('Words for a message that came too late.')),
      },
      { ...closed, description: 'What the words mean; others are acknowledged and dropped.' },
    ),
    acknowledgement: Type.Optional(text('The text that the reply has to hold.')),
    header: Type.Optional(
      Type.Object(
        {
          name: text('The header’s name.'),
          value: Type.String({ minLength: 16, description: 'Its secret value.' }),
        },
        { ...closed, description: 'A header with a shared secret, by which genuine receipts are known.' },
      ),
    ),
    hmac: Type.Optional(HMAC),
  },
  { ...closed, description: 'How receipts are read and known to be genuine.' },
);

export const HTTP_SETTINGS = Type.Object(
  {
    request: REQUEST,
    auth: Type.Optional(AUTH),
    from: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: SENDER_CHARS_MAX,
        description: 'The value of `{{sender}}` for messages that name none.',
      }),
    ),
    channels: Type.Optional(
      Type.Array(Type.Union([Type.Literal('sms'), Type.Literal('voice'), Type.Literal('email')]), {
        minItems: 1,
        uniqueItems: true,
        description: 'What it is used for; `[sms]` unless told.',
      }),
    ),
    success: Type.Optional(SUCCESS),
    errors: Type.Optional(ERRORS),
    receipts: Type.Optional(RECEIPTS),
    ca: Type.Optional(
      text('Certificates to trust in place of the usual ones, PEM: for a device that signs its own.'),
    ),
    ...RECEIPT_PROPERTIES,
    ...TRAFFIC_PROPERTIES,
  },
  closed,
);

export type HttpSettings = Static<typeof HTTP_SETTINGS>;
export type RequestSettings = HttpSettings['request'];
export type ReceiptMapping = NonNullable<HttpSettings['receipts']>;
export type Word = string | number | boolean;

export function isOneOf(value: string | undefined, candidates: readonly Word[] | undefined): boolean {
  return value !== undefined && (candidates ?? []).some((candidate) => String(candidate) === value);
}
