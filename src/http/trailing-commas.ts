/**
 * For dialects whose vendor's own pages print JSON with a comma before the closing bracket. That one slip is forgiven;
 * whatever else is wrong with a body still is.
 */
import type { HttpScope } from './http-scope.ts';

/** An empty body becomes no body, as in optional-body.ts. */
export function acceptTrailingCommas(scope: HttpScope): void {
  const parse = scope.getDefaultJsonParser('error', 'error');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body as string;
    if (text.length === 0) {
      done(null, undefined);
      return;
    }
    parse(request, text, (error, value) => {
      const repaired = error ? dropTrailingCommas(text) : text;
      if (repaired === text) done(error, value);
      else parse(request, repaired, done);
    });
  });
}

/**
 * A string, closed or not, or a comma that stands behind a value and before a closing bracket. Strings are matched so
 * that commas within them are not; every alternative is linear, since none can fail after it has taken much.
 */
const STRING_OR_TRAILING_COMMA = /"(?:[^"\\]|\\.?)*"?|(?<=["\w\]}]\s*),(?=\s*[\]}])/gs;

export function dropTrailingCommas(json: string): string {
  return json.replaceAll(STRING_OR_TRAILING_COMMA, (match) => (match === ',' ? '' : match));
}
