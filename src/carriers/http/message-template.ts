/** Texts with `{{variables}}` in a request, filled in and escaped for the place where they stand. It has no logic. */
import { escapeXml } from '../../lib/xml.ts';

export const MESSAGE_VARIABLES = [
  'to',
  'toDigits',
  'body',
  'sender',
  'id',
  'validitySeconds',
  'receiptUrl',
  'locale',
  'subject',
  'code',
] as const;
export type MessageVariable = (typeof MESSAGE_VARIABLES)[number];
export type MessageValues = Readonly<Record<MessageVariable, string>>;

/** What callers write: it may hold any character, and has no business in a header. */
export const FREE_VARIABLES: ReadonlySet<string> = new Set(['body', 'sender', 'subject']);

export type Escape = (value: string) => string;

const VARIABLE = /\{\{\s*([A-Za-z]*)\s*\}\}/g;

export function variablesOf(template: string): readonly string[] {
  return [...template.matchAll(VARIABLE)].map(([, name = '']) => name);
}

/** One pass: a value that looks like a variable stays as it is. */
export function fillIn(
  template: string,
  values: Readonly<Record<string, string>>,
  escapeValue: Escape,
): string {
  return template.replaceAll(VARIABLE, (whole, name: string) =>
    Object.hasOwn(values, name) ? escapeValue(values[name] ?? '') : whole,
  );
}

/** A copy of a JSON value with every text in it filled in; escaping it is left to the serializer. */
export function fillInJson(value: unknown, values: MessageValues): unknown {
  if (typeof value === 'string') {
    // Alone it is a number, as APIs want it.
    if (value === '{{validitySeconds}}') return Number(values.validitySeconds);
    return fillIn(value, values, asIs);
  }
  if (Array.isArray(value)) return value.map((item) => fillInJson(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fillInJson(inner, values)]));
}

/** Every text within a JSON value. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

export const asIs: Escape = (value) => value;

export function escapeFor(contentType: string): Escape {
  const type = contentType.toLowerCase();
  if (type.includes('json')) return (value) => JSON.stringify(value).slice(1, -1);
  if (type.includes('xml')) return escapeXml;
  if (type.includes('x-www-form-urlencoded')) return encodeURIComponent;
  return asIs;
}
