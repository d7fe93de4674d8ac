/** Finds the vendor's name for the language that a call is to be spoken in. */
import { pickLocale } from '../../core/locale.ts';
import { DEFAULT_LOCALE } from '../../core/message-texts.ts';

/**
 * @param locale of the text; absent: the default language
 * @param voices language → the vendor's code
 * @returns undefined where the vendor does not speak it: digits in a foreign language would not be understood
 */
export function pickVoice(
  locale: string | undefined,
  voices: Readonly<Record<string, string>>,
): string | undefined {
  const picked = pickLocale(locale ?? DEFAULT_LOCALE, Object.keys(voices));
  return picked === undefined ? undefined : voices[picked];
}
