/**
 * Choosing a language for a text by BCP 47 lookup. It knows no likely scripts or regions: `zh-TW` falls back to `zh`.
 *
 * @see RFC 4647 §3.4 (lookup), RFC 5646 §2.1 (shape)
 */

/** RFC 5646 §4.4.1 recommends buffers of at least 35 characters; no language that we could know needs more. */
const LOCALE_CHARS_MAX = 35;
const LOCALE = /^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/;

/** Codes that ISO 639 replaced but that Java and Android still send. */
const REPLACED_LANGUAGES: ReadonlyMap<string, string> = new Map([
  ['in', 'id'],
  ['iw', 'he'],
  ['ji', 'yi'],
]);

/** Lower-cased, with hyphens (`pt_BR` is `pt-br`); undefined when it is not a language tag. */
export function parseLocale(text: string): string | undefined {
  if (text.length > LOCALE_CHARS_MAX) return undefined;
  const [language = '', ...rest] = text.toLowerCase().replaceAll('_', '-').split('-');
  const locale = [REPLACED_LANGUAGES.get(language) ?? language, ...rest].join('-');
  return LOCALE.test(locale) ? locale : undefined;
}

/**
 * The available locale that serves the requested one best (`pt-BR` → `pt-BR`, else `pt`), in the available spelling;
 * undefined when none does, and then the caller's default stands.
 */
export function pickLocale(requested: string, available: readonly string[]): string | undefined {
  const bySpelling = new Map(available.map((locale) => [parseLocale(locale), locale]));
  let range = parseLocale(requested);
  while (range !== undefined) {
    const match = bySpelling.get(range);
    if (match !== undefined) return match;
    range = truncate(range);
  }
  return undefined;
}

/** One subtag less; a single letter introduces what follows it and goes with it (RFC 4647 §3.4). */
function truncate(range: string): string | undefined {
  const subtags = range.split('-').slice(0, -1);
  if (subtags.at(-1)?.length === 1) subtags.pop();
  return subtags.length > 0 ? subtags.join('-') : undefined;
}
