/**
 * Reading somebody else's JSON: nothing is taken for granted, and what is not there is undefined. Paths are the part
 * of JSONPath that names one place: `$.messages[0].id`, `error.code`, `$['message-id']`.
 */

/** Undefined for what is not JSON. The text has been bounded by whoever read it. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export type JsonPath = readonly (string | number)[];

/** Deeper than any aggregator's reply. */
const STEPS_MAX = 16;
const STEP = /\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,4})\]|\['([^']{1,64})'\]/y;

/** `$` alone is the whole document; undefined for what is no path. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const body = text.startsWith('$') ? text.slice(1) : text;
  if (body === '' && text !== '$') return undefined;
  const steps: (string | number)[] = [];
  let position = 0;
  while (position < body.length) {
    STEP.lastIndex = position;
    const match = STEP.exec(body);
    if (!match || steps.length === STEPS_MAX) return undefined;
    // A name right after a name, as in `ab` for `a` and `b`, cannot match; a name after `]` needs its full stop.
    if (match[1] !== undefined && position > 0 && !match[0].startsWith('.')) return undefined;
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? '') : Number(match[2]));
    position = STEP.lastIndex;
  }
  return steps;
}

export function valueAt(document: unknown, path: JsonPath): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) !== (typeof step === 'number')) return undefined;
    value = Object.hasOwn(value, step) ? (value as Record<string | number, unknown>)[step] : undefined;
  }
  return value;
}

/** A text, or a number or truth value as text; undefined for an empty one and for anything else. */
export function textAt(document: unknown, ...path: JsonPath): string | undefined {
  const value = valueAt(document, path);
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

export function listAt(document: unknown, ...path: JsonPath): readonly unknown[] {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value : [];
}
