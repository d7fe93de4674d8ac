/** The document that a call runs: one text, which says the code symbol by symbol and twice already. */
import { escapeXml } from '../../lib/xml.ts';

/**
 * Language of a text → Twilio's code. Georgian is not spoken.
 *
 * @see https://www.twilio.com/docs/voice/twiml/say/text-speech
 */
export const TWILIO_VOICES: Readonly<Record<string, string>> = {
  ar: 'arb',
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

/** A second of silence first: whoever answers has yet to bring the phone to the ear. */
export function toTwiml(text: string, language: string, voice: string | undefined): string {
  const voiceAttribute = voice === undefined ? '' : ` voice="${escapeXml(voice)}"`;
  const say = `<Say language="${escapeXml(language)}"${voiceAttribute}>${escapeXml(text)}</Say>`;
  return `<?xml version="1.0" encoding="UTF-8"?><Response><Pause length="1"/>${say}</Response>`;
}
