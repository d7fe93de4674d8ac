/**
 * Every spelling of a phone number to its one canonical E.164 form, with what the numbering plans say about it.
 * It does not ask a network whether the number exists, and it does not decide which numbers a tenant may send to.
 */
import {
  type CountryCode,
  isSupportedCountry,
  type NumberType as LibraryNumberType,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import type { Brand } from './brand.ts';

export type E164 = Brand<string, 'E164'>;
/** How sure we must be: `syntax` 7–15 digits; `possible` a length that the country uses; `valid` a known number range. */
export type NumberStrictness = 'syntax' | 'possible' | 'valid';
export type NumberType = Exclude<LibraryNumberType, undefined>;

export interface PhoneNumber {
  readonly e164: E164;
  /** Without the plus: `1`, `44`, `995`. Present for unassigned codes too, because E.164 fixes their lengths. */
  readonly callingCode: string;
  /** ISO 3166-1 alpha-2; absent where a calling code is shared and the number is in no known range. */
  readonly country?: string;
  /** Absent when the number is in no known range, which is what "not valid" means. */
  readonly type?: NumberType;
  readonly fault?: undefined;
}

export interface PhoneNumberFault {
  readonly fault: 'not-a-number' | 'not-possible' | 'not-valid';
}

export interface PhoneNumberOptions {
  /** ISO 3166-1 alpha-2 country in which a number without an international prefix is read. */
  readonly defaultCountry?: string;
  readonly strictness: NumberStrictness;
}

/** Fifteen digits with generous punctuation are under 40 characters; anything longer is not worth a look. */
export const PHONE_INPUT_CHARS_MAX = 64;

/** Each read takes off a prefix of at least one digit; no number seen needed more than three. */
const READS_MAX = 8;

const E164_PATTERN = /^\+[1-9]\d{6,14}$/;

/** Spaces, dashes, dots, brackets, slashes, and the invisible direction marks that contact apps paste along. */
const PUNCTUATION =
  /[ \t\u00a0\u00ad\u2000-\u200f\u2010-\u2015\u202a-\u202f\u2060\u2066-\u2069\u2212\u3000.()/\-[\]]/g;

/** Digits that people type: full-width (East Asia), Arabic-Indic, Extended Arabic-Indic, Devanagari, Bengali. */
const FOREIGN_DIGIT = /[\uff10-\uff19\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]/g;
const FOREIGN_ZEROS: readonly number[] = [0xff10, 0x0660, 0x06f0, 0x0966, 0x09e6];

/** ITU-T E.164 calling codes of two digits; `1` and `7` have one, every other code has three, assigned or not. */
const TWO_DIGIT_CALLING_CODE = /^(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

export function isE164(text: string): text is E164 {
  return E164_PATTERN.test(text);
}

/** True for a country that `defaultCountry` may name. */
export function isCountry(text: string): boolean {
  return isSupportedCountry(text);
}

export function callingCodeOf(e164: E164): string {
  const first = e164[1];
  if (first === '1' || first === '7') return first;
  const head = e164.slice(1, 4);
  return TWO_DIGIT_CALLING_CODE.test(head) ? head.slice(0, 2) : head;
}

/**
 * Reads any spelling. What the number *is* never depends on the strictness, which only judges the result, so two
 * dialects of different strictness cannot make two recipients of one number.
 *
 * Without a plus the readings are tried in this order, and the first one in a known range wins: national in the default
 * country (its own international prefix included), after `00`, after `011`, the bare digits as international. When
 * none is known, a leading zero means national (no calling code begins with 0) and anything else international.
 *
 * A parse costs 4–5 µs for a canonical valid number, about 10 µs for another spelling or a number in no known range
 * (Node.js 26, one core), so nothing is cached.
 */
export function parsePhoneNumber(input: string, options: PhoneNumberOptions): PhoneNumber | PhoneNumberFault {
  if (input.length > PHONE_INPUT_CHARS_MAX) return { fault: 'not-a-number' };
  const reading = isE164(input) ? readInternational(input) : readSpelling(input, options.defaultCountry);
  if (!reading) return { fault: 'not-a-number' };
  const { number, isPossible } = reading;
  if (options.strictness === 'syntax' || number.type !== undefined) return number;
  if (!isPossible) return { fault: 'not-possible' };
  return options.strictness === 'valid' ? { fault: 'not-valid' } : number;
}

type ParsedNumber = NonNullable<ReturnType<typeof parsePhoneNumberFromString>>;

interface Reading {
  readonly number: PhoneNumber;
  readonly isPossible: boolean;
}

function readSpelling(input: string, defaultCountry: string | undefined): Reading | undefined {
  const compact = input
    .trim()
    .replace(/^tel:/i, '')
    .replace(FOREIGN_DIGIT, asciiDigit)
    .replace('\uff0b', '+')
    .replace(PUNCTUATION, '');
  if (/^\+\d+$/.test(compact)) return readInternational(compact);
  if (!/^\d+$/.test(compact)) return undefined;

  const national = defaultCountry === undefined ? undefined : readNational(compact, defaultCountry);
  if (national?.number.type !== undefined) return national;

  const dialled = dialledInternational(compact);
  for (const digits of dialled) {
    const reading = readInternational(`+${digits}`);
    if (reading?.number.type !== undefined) return reading;
  }
  const isNational = compact.startsWith('0') && !compact.startsWith('00');
  if (isNational && national) return national;
  return readInternational(`+${dialled[0] ?? compact}`);
}

/** The international digits that this dialling string may mean, likeliest first. */
function dialledInternational(digits: string): readonly string[] {
  if (digits.startsWith('00')) return [digits.slice(2)];
  if (digits.startsWith('011')) return [digits.slice(3)];
  return digits.startsWith('0') ? [] : [digits];
}

function readInternational(text: string, readsLeft = READS_MAX): Reading | undefined {
  const parsed = parsePhoneNumberFromString(text, { extract: false });
  // The library declines unassigned calling codes and impossible lengths; by syntax they are numbers all the same.
  if (!parsed) return isE164(text) ? unknownNumber(text) : undefined;
  return settle(parsed, text, readsLeft - 1);
}

function readNational(digits: string, country: string): Reading | undefined {
  if (!isSupportedCountry(country)) return undefined;
  const parsed = parsePhoneNumberFromString(digits, {
    defaultCountry: country as CountryCode,
    extract: false,
  });
  return parsed && settle(parsed, digits, READS_MAX);
}

/**
 * The library takes one trunk or carrier prefix off at a time, so for a number in no known range its answer may read
 * differently when read again. The canonical form is the one that reads as itself.
 */
function settle(parsed: ParsedNumber, text: string, readsLeft: number): Reading | undefined {
  const isSettled = parsed.number === text || readsLeft === 0;
  return isSettled ? toReading(parsed) : readInternational(parsed.number, readsLeft);
}

function toReading(parsed: ParsedNumber): Reading | undefined {
  const e164: string = parsed.number;
  if (!isE164(e164)) return undefined;
  const type = parsed.getType();
  const country = parsed.country;
  const number: PhoneNumber = {
    e164,
    callingCode: callingCodeOf(e164),
    ...(country !== undefined && { country }),
    ...(type !== undefined && { type }),
  };
  return { number, isPossible: type !== undefined || parsed.isPossible() };
}

function unknownNumber(e164: E164): Reading {
  return { number: { e164, callingCode: callingCodeOf(e164) }, isPossible: false };
}

function asciiDigit(digit: string): string {
  const point = digit.charCodeAt(0);
  const zero = FOREIGN_ZEROS.find((start) => point >= start && point <= start + 9) ?? point;
  return String(point - zero);
}
