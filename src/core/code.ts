/**
 * Codes: the alphabets, how one is made without bias, and how a typed one is read back. It neither hashes nor
 * compares codes, and it holds no state.
 */
import assert from 'node:assert/strict';
import type { Brand } from './brand.ts';

export type Code = Brand<string, 'Code'>;
export type CodeAlphabet = 'digits' | 'letters' | 'alphanumeric' | 'uppercase' | 'alphanumeric-mixed';

export interface CodeForm {
  readonly alphabet: CodeAlphabet;
  readonly length: number;
}

interface AlphabetFacts {
  readonly symbols: string;
  readonly isCaseSensitive: boolean;
  /** May be asked for in the native API. The others exist because a vendor's contract names them. */
  readonly isNative: boolean;
}

/**
 * | alphabet | symbols | bits each | left out |
 * |---|---|---|---|
 * | digits | 0–9 | 3.32 | |
 * | letters | 23 upper-case letters | 4.52 | I L O, which read as one another or as digits |
 * | alphanumeric | 8 digits, 20 upper-case letters | 4.81 | 0 O, 1 I L, and B S Z, which read as 8 5 2 |
 * | uppercase | A–Z (OneConnect `only_uppercase`) | 4.70 | |
 * | alphanumeric-mixed | A–Z a–z 0–9 (OneConnect's default) | 5.95 | |
 *
 * SignalWire's `allow_alphas` is `alphanumeric`.
 */
export const CODE_ALPHABETS: Readonly<Record<CodeAlphabet, AlphabetFacts>> = {
  digits: { symbols: '0123456789', isCaseSensitive: false, isNative: true },
  letters: { symbols: 'ABCDEFGHJKMNPQRSTUVWXYZ', isCaseSensitive: false, isNative: true },
  alphanumeric: { symbols: '23456789ACDEFGHJKMNPQRTUVWXY', isCaseSensitive: false, isNative: true },
  uppercase: { symbols: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', isCaseSensitive: false, isNative: false },
  'alphanumeric-mixed': {
    symbols: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
    isCaseSensitive: true,
    isNative: false,
  },
};

/** The longest that any dialect allows (OneConnect). Longer input is no code, whatever it holds. */
const CODE_CHARS_MAX = 32;
/** A code with a separator after every symbol and some white space around it. */
const CODE_INPUT_CHARS_MAX = 2 * CODE_CHARS_MAX + 16;

/** Every alphabet keeps at least half of all byte values, so 32 rounds without a full code are a broken generator. */
const RANDOM_ROUNDS_MAX = 32;

const BYTE_VALUES = 256;

/**
 * The symbol that one random byte means, or undefined when the byte must be thrown away: only the values below the
 * greatest multiple of the alphabet's size are used, so every symbol has equally many bytes and there is no modulo bias.
 */
export function symbolOfByte(byte: number, alphabet: CodeAlphabet): string | undefined {
  const { symbols } = CODE_ALPHABETS[alphabet];
  const used = BYTE_VALUES - (BYTE_VALUES % symbols.length);
  return byte < used ? symbols[byte % symbols.length] : undefined;
}

/** @param randomBytes a cryptographic generator, called until enough bytes were usable: about once. */
export function makeCode(
  randomBytes: (size: number) => Uint8Array,
  alphabet: CodeAlphabet,
  length: number,
): Code {
  assert(Number.isInteger(length) && length >= 1 && length <= CODE_CHARS_MAX, 'code length out of bounds');
  let code = '';
  for (let round = 0; round < RANDOM_ROUNDS_MAX; round += 1) {
    // Twice the missing symbols: then a second round is rare even for the alphabet that rejects most.
    for (const byte of randomBytes(2 * (length - code.length))) {
      code += symbolOfByte(byte, alphabet) ?? '';
      if (code.length === length) return code as Code;
    }
  }
  throw new Error('the random generator gave no usable bytes');
}

/**
 * Reads what a person typed as a code of this form, before any look-up; undefined is "not a code of this verification"
 * and must not touch a counter. White space around it is dropped, and so are single spaces and hyphens between
 * symbols (`123 456`, `123-456`), because that is how people copy a code. Full-width digits, numbers and arrays are not codes.
 */
export function parseCode(input: unknown, form: CodeForm): Code | undefined {
  const typed = readTyped(input);
  if (typed === undefined) return undefined;
  const { symbols, isCaseSensitive } = CODE_ALPHABETS[form.alphabet];
  const code = isCaseSensitive ? typed : typed.toUpperCase();
  if (code.length !== form.length) return undefined;
  for (const symbol of code) if (!symbols.includes(symbol)) return undefined;
  return code as Code;
}

/**
 * The check that needs no verification: 1–32 letters and digits, separators as in `parseCode`. What passes is returned
 * as typed, without separators and in its own case, and still has to pass `parseCode` when the form is known.
 */
export function parseAnyCode(input: unknown): string | undefined {
  return readTyped(input);
}

/** Deterministic at every character, hence linear; only ASCII, so upper-casing cannot change the length. */
const TYPED_CODE = /^[A-Za-z0-9](?:[ -]?[A-Za-z0-9])*$/;

function readTyped(input: unknown): string | undefined {
  if (typeof input !== 'string' || input.length > CODE_INPUT_CHARS_MAX) return undefined;
  const trimmed = input.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  if (!TYPED_CODE.test(trimmed)) return undefined;
  const typed = trimmed.replace(/[ -]/g, '');
  return typed.length <= CODE_CHARS_MAX ? typed : undefined;
}
