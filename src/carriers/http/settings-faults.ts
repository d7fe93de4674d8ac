/** What the schema of kind `http` cannot say: which variables, paths and patterns there are, and what goes with what. */
import type { SettingsFault } from '../carrier-kind.ts';
import { parseJsonPath } from '../kit/json-value.ts';
import { FREE_VARIABLES, MESSAGE_VARIABLES, textsIn, variablesOf } from './message-template.ts';
import type { HttpSettings } from './settings.ts';

const SIGNED_VARIABLES = ['body', 'timestamp', 'url'];

export function findHttpFaults(settings: HttpSettings): readonly SettingsFault[] {
  return [
    ...requestFaults(settings),
    ...authFaults(settings.auth ?? {}),
    ...pathFaults(settings),
    ...patternFaults(settings),
    ...receiptFaults(settings),
  ];
}

function* requestFaults({ request }: HttpSettings): Generator<SettingsFault> {
  const { url, headers = {}, json, form, text, method = 'POST' } = request;
  const bodies = [json, form, text].filter((body) => body !== undefined);
  if (bodies.length > 1) yield { path: 'request', problem: 'may have one of json, form and text' };
  if (method === 'GET' && bodies.length > 0) yield { path: 'request', problem: 'has no body with GET' };
  const origin = /^https?:\/\/[^/?#]*/.exec(url)?.[0] ?? '';
  if (variablesOf(origin).length > 0 || !URL.canParse(url.replaceAll(/\{\{|\}\}/g, ''))) {
    yield { path: 'request.url', problem: 'must be a URL with variables in its path and query only' };
  }
  const known: readonly string[] = MESSAGE_VARIABLES;
  const texts: readonly (readonly [string, string])[] = [
    ['request.url', url],
    ...Object.entries(headers).map(([name, value]) => [`request.headers.${name}`, value] as const),
    ...textsIn(json).map((value) => ['request.json', value] as const),
    ...Object.entries(form ?? {}).map(([name, value]) => [`request.form.${name}`, value] as const),
    ['request.text', text ?? ''],
  ];
  for (const [path, template] of texts) {
    const unknown = variablesOf(template).find((name) => !known.includes(name));
    if (unknown !== undefined)
      yield { path, problem: `has a variable that there is not; known: ${known.join(', ')}` };
    if (
      path.startsWith('request.headers.') &&
      variablesOf(template).some((name) => FREE_VARIABLES.has(name))
    ) {
      yield { path, problem: 'must not hold what a caller writes' };
    }
  }
  for (const [name, value] of Object.entries(headers)) {
    if (/[^\x20-\x7e]/.test(value))
      yield { path: `request.headers.${name}`, problem: 'must be printable ASCII' };
  }
}

function* authFaults({
  username,
  password,
  bearer,
}: NonNullable<HttpSettings['auth']>): Generator<SettingsFault> {
  if ((username === undefined) !== (password === undefined)) {
    yield { path: 'auth', problem: 'needs both username and password' };
  }
  if (username !== undefined && bearer !== undefined)
    yield { path: 'auth', problem: 'may have one of the two ways' };
}

function* pathFaults({ success = {}, errors = {}, receipts }: HttpSettings): Generator<SettingsFault> {
  const paths = {
    'success.path': success.path,
    'success.idPath': success.idPath,
    'errors.path': errors.path,
    'receipts.listPath': receipts?.listPath,
    'receipts.idPath': receipts?.idPath,
    'receipts.statePath': receipts?.statePath,
    'receipts.reasonPath': receipts?.reasonPath,
  };
  for (const [path, value] of Object.entries(paths)) {
    if (value !== undefined && parseJsonPath(value) === undefined) {
      yield { path, problem: 'must be a path such as $.messages[0].id' };
    }
  }
  if ((success.path === undefined) !== (success.values === undefined)) {
    yield { path: 'success', problem: 'needs both path and values, or neither' };
  }
}

function* patternFaults({ success = {}, errors = {} }: HttpSettings): Generator<SettingsFault> {
  const patterns = {
    'success.pattern': success.pattern,
    'success.idPattern': success.idPattern,
    'errors.pattern': errors.pattern,
  };
  for (const [path, value] of Object.entries(patterns)) {
    if (value !== undefined && !isPattern(value)) yield { path, problem: 'must be a regular expression' };
  }
}

function* receiptFaults({ receipts, publicUrl, receiptSecret }: HttpSettings): Generator<SettingsFault> {
  if (!receipts) return;
  if (publicUrl === undefined) yield { path: 'publicUrl', problem: 'is required for receipts' };
  if (receiptSecret === undefined && !receipts.header && !receipts.hmac) {
    yield { path: 'receipts', problem: 'must be known to be genuine: by receiptSecret, header or hmac' };
  }
  const signs = receipts.hmac?.signs ?? '{{body}}';
  if (variablesOf(signs).some((name) => !SIGNED_VARIABLES.includes(name))) {
    yield { path: 'receipts.hmac.signs', problem: `may hold ${SIGNED_VARIABLES.join(', ')} only` };
  }
  const covers = receipts.source === 'query' ? '{{url}}' : '{{body}}';
  if (receipts.hmac && !signs.includes(covers)) {
    yield { path: 'receipts.hmac.signs', problem: `must hold ${covers}, where the receipt is` };
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false;
  }
}
