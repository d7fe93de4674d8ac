/**
 * Reads a body as the clients of form-speaking vendors write it: numbers and booleans as text, blanks for what is not
 * set. A route opts in with the schema of its own body; what cannot be read is left as it is for the schema to refuse.
 */
import type { FastifyRequest } from 'fastify';
import type { TObject, TSchema } from 'typebox';

const INTEGER = /^-?\d{1,15}$/;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
]);

/**
 * A `preValidation` hook. Of the fields that the schema names, `null` and blank text become absent, and text becomes
 * the integer or boolean that the field asks for (`"8"`, `"true"`, `"False"`, `"1"`). No body is one without fields.
 */
export function readLoosely(
  schema: TObject,
): (request: FastifyRequest, reply: unknown, done: () => void) => void {
  const fields = Object.entries(schema.properties as Readonly<Record<string, TSchema>>);
  return (request, _reply, done) => {
    request.body = loosened(request.body ?? {}, fields);
    done();
  };
}

function loosened(body: unknown, fields: readonly (readonly [string, TSchema])[]): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const read: Record<string, unknown> = { ...body };
  for (const [name, schema] of fields) {
    if (!Object.hasOwn(read, name)) continue;
    const value = read[name];
    if (isBlank(value)) delete read[name];
    else if (typeof value === 'string') read[name] = fromText(value, schema);
  }
  return read;
}

function isBlank(value: unknown): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}

function fromText(text: string, schema: TSchema): unknown {
  const trimmed = text.trim();
  switch ((schema as { readonly type?: unknown }).type) {
    case 'integer':
      return INTEGER.test(trimmed) ? Number(trimmed) : text;
    case 'boolean':
      return BOOLEANS.get(trimmed.toLowerCase()) ?? text;
    default:
      return text;
  }
}
