/** The call control object that a call runs: one text, which says the code symbol by symbol and twice already. */
import { escapeXml } from '../../lib/xml.ts';

/**
 * Language of a text → Vonage’s code. Georgian is not spoken.
 *
 * @see https://developer.vonage.com/en/voice/voice-api/concepts/text-to-speech#supported-languages
 */
export const VONAGE_VOICES: Readonly<Record<string, string>> = {
  ar: 'ar',
  de: 'de-DE',
  en: 'en-US',
  es: 'es-ES',
  fr: 'fr-FR',
  hi: 'hi-IN',
  id: 'id-ID',
  it: 'it-IT',
  ja: 'ja-JP',
  ko: 'ko-KR',
  nl: 'nl-NL',
  pl: 'pl-PL',
  pt: 'pt-PT',
  ru: 'ru-RU',
  tr: 'tr-TR',
  uk: 'uk-UA',
  vi: 'vi-VN',
  zh: 'cmn-CN',
};

/** As SSML, so that markup in a text is escaped rather than obeyed. */
export function toNcco(text: string, language: string): readonly object[] {
  return [{ action: 'talk', language, text: `<speak><break time="1s"/>${escapeXml(text)}</speak>` }];
}
