/**
 * Templates of code messages: parsed once with every fault and its place, then rendered with values that are already
 * branded. It substitutes three variables and nothing else: no conditions, no nesting, no second pass over a value.
 */
import assert from 'node:assert/strict';
import type { Brand } from './brand.ts';
import type { BrandName } from './brand-name.ts';
import type { Code } from './code.ts';
import type { DomainName } from './domain-name.ts';
import { DEFAULT_LOCALE, MESSAGE_TEXTS } from './message-texts.ts';

export type TemplateKind = 'sms' | 'voice' | 'emailSubject' | 'emailBody';
export type TemplateVariable = 'code' | 'brand' | 'minutes';
export type TemplatePart = string | { readonly variable: TemplateVariable };

export interface Template {
  readonly kind: TemplateKind;
  readonly parts: readonly TemplatePart[];
}

/** What is wrong with a template, for whoever wrote it. */
export const TEMPLATE_FAULTS = {
  empty: 'it is empty',
  'too-long': 'it is too long',
  'unknown-variable': 'the variables are {{code}}, {{brand}} and {{minutes}}',
  'unclosed-variable': '{{ without }}',
  'missing-code': 'it does not hold {{code}}',
  'code-in-subject': 'a subject does not hold {{code}}',
  'control-character': 'a character that cannot be shown',
  'line-break': 'a line break',
  'forged-code-line': 'what browsers would take for a code of a site',
} as const;

export interface TemplateFault {
  readonly fault: keyof typeof TEMPLATE_FAULTS;
  /** Zero-based index into the body, in UTF-16 units. */
  readonly position: number;
}

export type ParsedTemplate =
  | { readonly template: Template; readonly faults?: undefined }
  | { readonly faults: readonly TemplateFault[] };

/**
 * Four SMS parts: nobody reads a code in more. A call may say what SignalWire lets it say. A subject line beyond 150 is
 * cut by every mail program. A body of ten thousand is a page of text.
 */
export const TEMPLATE_CHARS_MAX: Readonly<Record<TemplateKind, number>> = {
  sms: 612,
  voice: 500,
  emailSubject: 150,
  emailBody: 10_000,
};

/** Controls but the line feed; line separators; direction overrides and isolates, which can reorder a shown code. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * What a browser takes for an origin-bound code. The specification reads the last line only, Chromium any place after
 * white space, so any place counts. @see https://wicg.github.io/sms-one-time-codes/#parsing
 */
const ORIGIN_BOUND = /(?:^|\s)@\S+ #\S/;

const VARIABLE = /\{\{([^{}\n]{0,64})\}\}|\{\{/g;
const CODE_PART: TemplatePart = { variable: 'code' };
const VARIABLES: ReadonlySet<string> = new Set<TemplateVariable>(['code', 'brand', 'minutes']);

/** @param body may hold CR LF, which becomes LF; white space inside the braces (`{{ code }}`) is allowed. */
export function parseTemplate(body: string, kind: TemplateKind): ParsedTemplate {
  const text = body.replaceAll('\r\n', '\n');
  if (text.length > TEMPLATE_CHARS_MAX[kind]) {
    return { faults: [{ fault: 'too-long', position: TEMPLATE_CHARS_MAX[kind] }] };
  }
  if (text.trim() === '') return { faults: [{ fault: 'empty', position: 0 }] };
  const faults: TemplateFault[] = [];
  const template: Template = { kind, parts: splitParts(text, faults) };
  faults.push(...findTextFaults(text, template));
  faults.sort((one, other) => one.position - other.position);
  return faults.length > 0 ? { faults } : { template };
}

/**
 * A caller's own words, then a space and the code: nothing in the words is a variable. For vendors whose request
 * carries a message that is not a template (SignalWire).
 */
export function parsePrefixText(words: string, kind: 'sms' | 'voice'): ParsedTemplate {
  const text = words.replaceAll('\r\n', '\n');
  if (text.length > TEMPLATE_CHARS_MAX[kind]) {
    return { faults: [{ fault: 'too-long', position: TEMPLATE_CHARS_MAX[kind] }] };
  }
  const template: Template = { kind, parts: text === '' ? [CODE_PART] : [`${text} `, CODE_PART] };
  const faults = findTextFaults(text, template);
  return faults.length > 0 ? { faults } : { template };
}

export function usesVariable(template: Template, variable: TemplateVariable): boolean {
  return template.parts.some((part) => typeof part !== 'string' && part.variable === variable);
}

function splitParts(text: string, faults: TemplateFault[]): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of text.matchAll(VARIABLE)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const name = match[1]?.trim();
    if (name === undefined) faults.push({ fault: 'unclosed-variable', position: match.index });
    else if (isVariable(name)) parts.push({ variable: name });
    else faults.push({ fault: 'unknown-variable', position: match.index });
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

function isVariable(name: string): name is TemplateVariable {
  return VARIABLES.has(name);
}

function findTextFaults(text: string, template: Template): readonly TemplateFault[] {
  const { kind } = template;
  const faults: TemplateFault[] = [];
  for (const match of text.matchAll(UNPRINTABLE)) {
    faults.push({ fault: 'control-character', position: match.index });
  }
  const lineBreak = text.indexOf('\n');
  if (kind === 'emailSubject' && lineBreak !== -1) faults.push({ fault: 'line-break', position: lineBreak });
  const hasCode = usesVariable(template, 'code');
  if (kind === 'emailSubject' && hasCode) faults.push({ fault: 'code-in-subject', position: 0 });
  if (kind !== 'emailSubject' && !hasCode) faults.push({ fault: 'missing-code', position: text.length });
  if (isForged(template))
    faults.push({ fault: 'forged-code-line', position: Math.max(0, text.indexOf('@')) });
  return faults;
}

/** Tried with a brand and without one, because dropping the brand moves what follows it to the front. */
function isForged(template: Template): boolean {
  const values = { code: '1', minutes: '1' };
  return [
    { ...values, brand: 'A' },
    { ...values, brand: '' },
  ].some((tried) => ORIGIN_BOUND.test(substitute(template, tried)));
}

/** The eleven characters of Base64 that name an Android app and its signing key. */
export type AndroidAppHash = Brand<string, 'AndroidAppHash'>;

export function parseAndroidAppHash(text: string): AndroidAppHash | undefined {
  return /^[A-Za-z0-9+/]{11}$/.test(text) ? (text as AndroidAppHash) : undefined;
}

export interface RenderInput {
  readonly template: Template;
  readonly code: Code;
  readonly brand?: BrandName;
  /** Whole minutes that the code lives, from `toMinutes`. */
  readonly minutes: number;
  /** Adds the origin-bound line `@domain #code` to an SMS. */
  readonly webOtpDomain?: DomainName;
  /** Adds the SMS Retriever hash to an SMS. */
  readonly androidAppHash?: AndroidAppHash;
}

export function renderText(input: RenderInput): string {
  const { template, code } = input;
  const text = substitute(template, {
    code: template.kind === 'voice' ? speakable(code) : code,
    brand: input.brand ?? '',
    minutes: String(input.minutes),
  });
  return template.kind === 'sms' ? text + machineLines(input) : text;
}

/**
 * The lines that software reads, after an empty one. The origin-bound line must be the last of the message (WICG
 * sms-one-time-codes, "last line"); the hash may stand anywhere, and goes to the end when it is alone, because older
 * Play services want it there.
 */
function machineLines({ code, webOtpDomain, androidAppHash }: RenderInput): string {
  const lines = [
    ...(androidAppHash !== undefined ? [androidAppHash] : []),
    ...(webOtpDomain !== undefined ? [`@${webOtpDomain} #${code}`] : []),
  ];
  return lines.length > 0 ? `\n\n${lines.join('\n')}` : '';
}

/** What joins a brand to its sentence and must go with it: an empty line, a colon or full stop, or one space. */
const BRAND_JOINT = /^(?:\n+|[ \u00a0\u202f]?[:.,：。，、][ ]?|[ ])/;

function substitute(template: Template, values: Readonly<Record<TemplateVariable, string>>): string {
  let text = '';
  let isBrandDropped = false;
  for (const part of template.parts) {
    if (typeof part === 'string') {
      text += isBrandDropped ? part.replace(BRAND_JOINT, '') : part;
      isBrandDropped = false;
    } else {
      text += values[part.variable];
      isBrandDropped = values[part.variable] === '';
    }
  }
  return text;
}

/** Symbol by symbol, with the pauses that a comma makes: `1, 2, 3`. */
function speakable(code: Code): string {
  return [...code].join(', ');
}

/** Never says longer than the code lives, except below one minute. */
export function toMinutes(ttlSeconds: number): number {
  return Math.max(1, Math.floor(ttlSeconds / 60));
}

/** @param locale a key of MESSAGE_TEXTS, from `pickLocale`; another falls back to English. */
export function builtInTemplate(locale: string, kind: TemplateKind): Template {
  const template = BUILT_IN_TEMPLATES[kind].get(locale) ?? BUILT_IN_TEMPLATES[kind].get(DEFAULT_LOCALE);
  assert(template);
  return template;
}

/** Parsed once: the texts never change, and a faulty one must stop the program at its start. */
const BUILT_IN_TEMPLATES: Readonly<Record<TemplateKind, ReadonlyMap<string, Template>>> = {
  sms: parseBuiltIns('sms'),
  voice: parseBuiltIns('voice'),
  emailSubject: parseBuiltIns('emailSubject'),
  emailBody: parseBuiltIns('emailBody'),
};

function parseBuiltIns(kind: TemplateKind): ReadonlyMap<string, Template> {
  return new Map(
    Object.entries(MESSAGE_TEXTS).map(([locale, texts]): [string, Template] => {
      const parsed = parseTemplate(texts[kind], kind);
      assert(parsed.faults === undefined, `the built-in ${kind} text of ${locale} is faulty`);
      return [locale, parsed.template];
    }),
  );
}
