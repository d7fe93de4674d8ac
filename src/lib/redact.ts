/**
 * The safety net under the log: whatever somebody passes, secrets and addresses do not get through, and a line has
 * an end. It goes by field names, so it is no licence to log a person's address under another name: callers pass
 * ids and masks.
 */

/** The value that stands in for a redacted one. */
const REDACTED = '[redacted]';

// Compared without case, `-` and `_`, so that `clientSecret`, `client_secret` and `Client-Secret` are one name.
const SECRET_NAMES: ReadonlySet<string> = new Set([
  ...['authorization', 'proxyauthorization', 'cookie', 'setcookie', 'zsproductkey', 'ratioclientsecret'],
  ...['secret', 'clientsecret', 'mastersecret', 'sharedsecret', 'signingsecret', 'otpostsecret'],
  ...['password', 'passwd', 'passphrase', 'apikey', 'privatekey', 'credentials'],
  ...['token', 'accesstoken', 'authtoken', 'refreshtoken', 'idtoken', 'sessiontoken', 'jwt', 'bearer'],
  ...['code', 'otp', 'passcode', 'pin', 'totp', 'otpauth', 'uri'],
  ...[
    'to',
    'from',
    'phone',
    'phonenumber',
    'msisdn',
    'number',
    'email',
    'emailaddress',
    'recipient',
    'address',
  ],
  ...['destination', 'destinationaddr', 'sourceaddr', 'identity', 'username'],
  ...['body', 'text', 'message', 'shortmessage', 'messagepayload', 'plaintext', 'metadata'],
]);

// A log line is for a screen and a search, not an archive: beyond these it says so and stops.
const DEPTH_MAX = 5;
const ITEMS_MAX = 32;
const TEXT_CHARACTERS_MAX = 2_000;
const STACK_CHARACTERS_MAX = 4_000;
const CAUSES_MAX = 3;

type Fields = Readonly<Record<string, unknown>>;

/** A copy of the fields that is safe to print: redacted by name, bounded, with errors spelled out. */
export function redactFields(fields: Fields): Record<string, unknown> {
  return redactObject(fields, 1);
}

function redactObject(fields: Fields, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  let count = 0;
  for (const name of Object.keys(fields)) {
    count += 1;
    if (count > ITEMS_MAX) {
      safe['…'] = 'more fields were cut';
      break;
    }
    safe[name] = isSecretName(name) ? REDACTED : redactValue(fields[name], name, depth);
  }
  return safe;
}

function redactValue(value: unknown, name: string, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return cut(name === 'url' ? withoutQuery(value) : value, TEXT_CHARACTERS_MAX);
    case 'object':
      break;
    case 'bigint':
      return value.toString();
    case 'function':
    case 'symbol':
      return `[${typeof value}]`;
    default:
      return value;
  }
  if (value === null) return null;
  if (value instanceof Error) return describeError(value, CAUSES_MAX);
  if (depth >= DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value)) {
    return value.slice(0, ITEMS_MAX).map((item) => redactValue(item, name, depth + 1));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // Bytes, maps, URLs and the like print nothing useful as JSON and may carry anything.
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor?.name ?? 'object'}]`;
  return redactObject(value as Fields, depth + 1);
}

/**
 * Only these parts of an error: others (a database error's `detail`, a client error's request) quote data. An
 * error's `code` is a name such as `ECONNREFUSED`, never a person's code.
 */
function describeError(error: Error, causesLeft: number): Record<string, unknown> {
  const described: Record<string, unknown> = {
    type: error.name,
    message: cut(error.message, TEXT_CHARACTERS_MAX),
    stack: cut(error.stack ?? '', STACK_CHARACTERS_MAX),
  };
  for (const part of ['code', 'reason'] as const) {
    const value: unknown = (error as { readonly code?: unknown; readonly reason?: unknown })[part];
    if (typeof value === 'string') described[part] = value;
  }
  if (error.cause instanceof Error && causesLeft > 0) {
    described.cause = describeError(error.cause, causesLeft - 1);
  }
  return described;
}

/** What was found of each name: those of our own lines are few, and a name that a caller chose is not kept for ever. */
const knownNames = new Map<string, boolean>();
const KNOWN_NAMES_MAX = 1_000;
/** Longer than any of ours: what a caller made up is not kept at all. */
const KNOWN_NAME_CHARACTERS_MAX = 64;

function isSecretName(name: string): boolean {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const isSecret = SECRET_NAMES.has(name.replaceAll(/[-_]/g, '').toLowerCase());
  if (name.length > KNOWN_NAME_CHARACTERS_MAX) return isSecret;
  if (knownNames.size >= KNOWN_NAMES_MAX) knownNames.clear();
  knownNames.set(name, isSecret);
  return isSecret;
}

function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`;
}
