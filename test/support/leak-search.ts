/**
 * Looks for secrets in what a run left behind, in every spelling that they could have been written in. A secret that was
 * transformed in a way not listed here is not found.
 */

export interface Secret {
  readonly kind: string;
  readonly spellings: readonly string[];
}

export interface Place {
  readonly name: string;
  readonly content: Buffer;
}

/** In ids and hashes, six digits turn up by chance; a code that was written has no hexadecimal digit beside it. */
const SHORT_CODE_LENGTH_MAX = 8;

export function ofText(kind: string, text: string): Secret {
  const bytes = Buffer.from(text);
  return {
    kind,
    spellings: [
      ...new Set([
        text,
        encodeURIComponent(text),
        bytes.toString('hex'),
        bytes.toString('base64').replace(/=+$/, ''),
        bytes.toString('base64url'),
        bytes.toString('utf16le'),
      ]),
    ],
  };
}

/** Every way in which people and programs write a number of the North American plan. */
export function ofNumber(e164: string): Secret {
  const [, area = '', office = '', line = ''] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164) ?? [];
  const local = [' ', '-', '.', ''].map((gap) => `${area}${gap}${office}${gap}${line}`);
  return {
    kind: 'number',
    spellings: [
      ...local,
      `(${area}) ${office}-${line}`,
      ...[e164, e164.slice(1), `00${e164.slice(1)}`].flatMap((text) => ofText('number', text).spellings),
    ],
  };
}

export function ofEmail(address: string): Secret {
  const [local = ''] = address.split('@');
  return { kind: 'e-mail address', spellings: [...ofText('', address).spellings, local] };
}

export function ofCode(code: string): Secret {
  return {
    kind: 'code',
    spellings: code.length > SHORT_CODE_LENGTH_MAX ? ofText('', code).spellings : [code],
  };
}

/** @returns which kind of secret is in which place; no secret itself, so that it can be printed */
export function findLeaks(places: readonly Place[], secrets: readonly Secret[]): readonly string[] {
  const found = new Set<string>();
  for (const { name, content } of places) {
    const text = content.toString('latin1');
    for (const { kind, spellings } of secrets) {
      if (spellings.some((spelling) => holds(text, spelling))) found.add(`${kind} in ${name}`);
    }
  }
  return [...found];
}

function holds(text: string, spelling: string): boolean {
  const wanted = Buffer.from(spelling).toString('latin1');
  const isShortCode = /^[0-9A-Za-z]+$/.test(wanted) && wanted.length <= SHORT_CODE_LENGTH_MAX;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (!isShortCode) return true;
    const beside = `${text[at - 1] ?? ' '}${text[at + wanted.length] ?? ' '}`;
    if (!/[0-9a-f.]/i.test(beside)) return true;
  }
  return false;
}
