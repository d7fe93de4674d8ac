/**
 * The name that opens a message. It comes from a caller, so it must not be able to turn a code message into another
 * message: no line, no link, no origin-bound line, no number to call, no code of its own (SECURITY.md rule 12).
 */
import type { Brand } from './brand.ts';

export type BrandName = Brand<string, 'BrandName'>;

export interface ParsedBrand {
  readonly brand: BrandName;
  readonly fault?: undefined;
}

export interface BrandFault {
  readonly fault: 'empty' | 'too-long' | 'control-character' | 'url' | 'at-sign' | 'number-sign' | 'digits';
}

/** A quarter of a GSM 7-bit segment: a longer name leaves no room for the sentence. */
const BRAND_CHARS_MAX = 40;

/** Controls, line and paragraph separators, format characters but the joiners that scripts need, surrogates, private use. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]|(?![\u200c\u200d])\p{Cf}/u;

/** A scheme, or anything that a phone makes a link of: labels of letters or digits joined by a dot. */
const LINK = /:\/\/|www\.|[\p{L}\p{N}-][.\u3002\uff0e\uff61](?:[\p{L}]{2,}|\d+[.]\d)/iu;

/** Five digits, however spaced, read as a code or a number to call; four are a year or a house (Studio 1984). */
const MANY_DIGITS = /(?:\p{Nd}[\s().\-/]*){5}/u;

/** White space at the ends goes and runs of it become one space; what is wrong is refused, never repaired. */
export function parseBrand(
  text: string,
  options: { readonly isUrlAllowed?: boolean } = {},
): ParsedBrand | BrandFault {
  if (text.length > 4 * BRAND_CHARS_MAX) return { fault: 'too-long' };
  if (UNPRINTABLE.test(text)) return { fault: 'control-character' };
  const brand = text
    .normalize('NFC')
    .replace(/\p{Zs}+/gu, ' ')
    .trim();
  if (brand === '') return { fault: 'empty' };
  if (brand.length > BRAND_CHARS_MAX) return { fault: 'too-long' };
  // Compatibility forms are what a phone or a reader would take them for: a full-width @ is an @.
  const plain = brand.normalize('NFKC');
  if (plain.includes('@')) return { fault: 'at-sign' };
  // `@domain #code` needs a space before the number sign; a `C#` has none and may stay.
  if (/(?:^|\s)#/.test(plain)) return { fault: 'number-sign' };
  if (MANY_DIGITS.test(plain)) return { fault: 'digits' };
  if (!options.isUrlAllowed && LINK.test(plain)) return { fault: 'url' };
  return { brand: brand as BrandName };
}
