/**
 * Reads a printed request, a curl command for a shell or a raw HTTP message, as the request that would be sent. It
 * knows the options that vendors' pages use and refuses any other.
 */
import assert from 'node:assert/strict';

export interface PrintedRequest {
  readonly method: string;
  /** With the query, exactly as printed. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const FORM = 'application/x-www-form-urlencoded';

export function parseCurl(command: string): PrintedRequest {
  const [program, ...words] = splitShellWords(command);
  assert.equal(program, 'curl');
  const headers: Record<string, string> = {};
  const data: string[] = [];
  let method: string | undefined;
  let url = '';
  while (words.length > 0) {
    const word = words.shift() ?? '';
    const value = () => words.shift() ?? assert.fail(`${word} has no value`);
    switch (word) {
      case '-X':
      case '--request':
        method = value();
        break;
      case '-H':
      case '--header':
        addHeader(headers, value());
        break;
      case '-u':
      case '--user':
        headers.authorization = `Basic ${Buffer.from(value()).toString('base64')}`;
        break;
      case '-d':
      case '--data':
      case '--data-raw':
        data.push(value());
        break;
      case '-s':
      case '--location':
        break;
      default:
        assert.ok(!word.startsWith('-') && url === '', `an option that is not known: ${word}`);
        url = word;
    }
  }
  if (data.length === 0) return { method: method ?? 'GET', path: toPath(url), headers };
  headers['content-type'] ??= FORM;
  return { method: method ?? 'POST', path: toPath(url), headers, body: data.join('&') };
}

/** A request line and header fields, then an empty line and the body. */
export function parseHttp(text: string): PrintedRequest {
  const end = text.indexOf('\n\n');
  const [line = '', ...fields] = (end < 0 ? text : text.slice(0, end)).split('\n');
  const [method = '', url = ''] = line.split(' ');
  const headers: Record<string, string> = {};
  for (const field of fields) addHeader(headers, field);
  return { method, path: toPath(url), headers, ...(end < 0 ? {} : { body: text.slice(end + 2) }) };
}

function addHeader(headers: Record<string, string>, field: string): void {
  const colon = field.indexOf(':');
  assert.ok(colon > 0, `not a header field: ${field}`);
  headers[field.slice(0, colon).trim().toLowerCase()] = field.slice(colon + 1).trim();
}

/** Credentials and host apart, a request is sent as printed. */
function toPath(url: string): string {
  return url.replace(/^https?:\/\/[^/]*/, '') || '/';
}

/** POSIX shell quoting, without expansions: what a page prints as `#{name}` or `$NAME` has been replaced before. */
export function splitShellWords(command: string): string[] {
  const words: string[] = [];
  const part = /\\\n|\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gsy;
  const trimmed = command.trim();
  let word: string | undefined;
  let end = 0;
  for (const match of trimmed.matchAll(part)) {
    end = match.index + match[0].length;
    const [whole, single, double, escaped, plain] = match;
    if (whole === '\\\n') continue;
    const text = single ?? double?.replace(/\\([$`"\\])/g, '$1').replaceAll('\\\n', '') ?? escaped ?? plain;
    if (text !== undefined) word = (word ?? '') + text;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  assert.equal(end, trimmed.length, 'a quotation that does not end');
  if (word !== undefined) words.push(word);
  return words;
}
