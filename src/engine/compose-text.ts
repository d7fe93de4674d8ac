import { parseBrand } from '../core/brand-name.ts';
import type { MessageChannel } from '../core/channel.ts';
import type { Code } from '../core/code.ts';
import type { MessageContent } from '../core/delivery.ts';
import { parseDomainName } from '../core/domain-name.ts';
import { EngineError } from '../core/errors.ts';
import { pickLocale } from '../core/locale.ts';
import { DEFAULT_LOCALE, MESSAGE_TEXTS } from '../core/message-texts.ts';
import type { Policy } from '../core/policy.ts';
import type { Tenant } from '../core/principal.ts';
import { countSegments } from '../core/segments.ts';
import {
  builtInTemplate,
  parseAndroidAppHash,
  parsePrefixText,
  parseTemplate,
  type RenderInput,
  renderText,
  type Template,
  type TemplateKind,
  toMinutes,
} from '../core/template.ts';
import type { TextChoice } from './commands.ts';
import type { TenantTexts } from './tenant-texts.ts';

/**
 * A text choice with everything looked up and checked, so that the same text can be written again without a store.
 * It is kept, sealed, as long as the code is.
 */
export interface ResolvedText {
  readonly wording:
    | { readonly kind: 'built-in' }
    | { readonly kind: 'tenant'; readonly body: string; readonly subject?: string }
    | { readonly kind: 'lead-in'; readonly leadIn: string };
  readonly locale: string;
  /** The tenant's template, where it is one: carriers of some countries name it to the operator. */
  readonly template?: string;
  readonly brand?: RenderInput['brand'];
  readonly webOtpDomain?: RenderInput['webOtpDomain'];
  readonly androidAppHash?: RenderInput['androidAppHash'];
}

/** What `contentSealed` of a verification holds. */
export interface CodeText {
  readonly code: Code;
  readonly text: ResolvedText;
}

export interface ComposedText {
  readonly content: MessageContent;
  /** SMS segments; 1 for every other channel. */
  readonly segments: number;
  readonly locale: string;
  readonly template?: string;
}

/** @throws EngineError `template_not_found`, `invalid_request` with the field */
export async function resolveText(
  texts: TenantTexts,
  tenant: Tenant,
  choice: TextChoice,
): Promise<ResolvedText> {
  if (choice.kind === 'lead-in') {
    return { wording: { kind: 'lead-in', leadIn: choice.leadIn }, locale: DEFAULT_LOCALE };
  }
  const template = await texts.find(tenant, choice.name);
  if (!template && choice.name !== undefined) {
    throw new EngineError('template_not_found', 'There is no template of this name.', { field: 'template' });
  }
  const common = {
    brand: readBrand(choice.brand, tenant),
    webOtpDomain:
      choice.webOtpDomain === undefined
        ? undefined
        : read(parseDomainName, choice.webOtpDomain, 'webOtpDomain'),
    androidAppHash:
      choice.androidAppHash === undefined
        ? undefined
        : read(parseAndroidAppHash, choice.androidAppHash, 'androidAppHash'),
  };
  if (!template) {
    const locale = pick(choice.locale, Object.keys(MESSAGE_TEXTS), DEFAULT_LOCALE);
    return { ...common, locale, wording: { kind: 'built-in' } };
  }
  const locale = pick(choice.locale, Object.keys(template.bodies), template.defaultLocale);
  const body = template.bodies[locale] ?? '';
  return {
    ...common,
    locale,
    template: template.name,
    wording: { kind: 'tenant', body, subject: template.subject },
  };
}

/** @throws EngineError `message_too_long` beyond the policy's segments or the channel's length */
export function composeText({ code, text }: CodeText, channel: MessageChannel, policy: Policy): ComposedText {
  const { locale, template } = text;
  const render = (parts: Template) =>
    renderText({ ...text, template: parts, code, minutes: toMinutes(policy.ttlSeconds) });
  if (channel === 'email') {
    const content = {
      subject: render(subjectTemplate(text)),
      body: render(bodyTemplate(text, 'emailBody')),
      code,
    };
    return { content, segments: 1, locale, template };
  }
  const body = render(bodyTemplate(text, channel));
  const segments = channel === 'sms' ? countSegments(body).segments : 1;
  if (policy.segmentsMax !== undefined && segments > policy.segmentsMax) throw tooLong();
  return { content: { body, code }, segments, locale, template };
}

/** The other half of sealing a `CodeText`: we wrote it, so its shape is known. */
export function parseCodeText(json: string): CodeText {
  return JSON.parse(json) as CodeText;
}

function bodyTemplate(
  { wording, locale }: ResolvedText,
  kind: Exclude<TemplateKind, 'emailSubject'>,
): Template {
  switch (wording.kind) {
    case 'built-in':
      return builtInTemplate(locale, kind);
    case 'tenant':
      return parsed(
        parseTemplate(kind === 'voice' ? wording.body.replaceAll('\n', ' ') : wording.body, kind),
      );
    case 'lead-in':
      return parsed(parsePrefixText(wording.leadIn, kind === 'voice' ? 'voice' : 'sms'));
  }
}

function subjectTemplate({ wording, locale }: ResolvedText): Template {
  if (wording.kind === 'tenant' && wording.subject !== undefined) {
    return parsed(parseTemplate(wording.subject, 'emailSubject'));
  }
  return builtInTemplate(locale, 'emailSubject');
}

function parsed(result: ReturnType<typeof parseTemplate>): Template {
  if (result.faults === undefined) return result.template;
  const [first] = result.faults;
  if (first?.fault === 'too-long') throw tooLong();
  throw new EngineError(
    'invalid_template',
    `The text cannot be used: ${first?.fault} at ${first?.position}.`,
    {
      field: 'template',
    },
  );
}

function tooLong(): EngineError {
  return new EngineError('message_too_long', 'The text is longer than this channel allows.', {
    field: 'message',
  });
}

/** A tenant whose own name cannot stand in a message has texts without a brand. */
function readBrand(brand: string | undefined, tenant: Tenant): RenderInput['brand'] {
  return brand === undefined ? brandOf(tenant.name) : read(brandOf, brand, 'brand');
}

function brandOf(text: string): RenderInput['brand'] {
  const parsed = parseBrand(text);
  return parsed.fault === undefined ? parsed.brand : undefined;
}

function read<T>(parse: (text: string) => T | undefined, text: string, field: string): T {
  const value = parse(text);
  if (value !== undefined) return value;
  throw new EngineError('invalid_request', `This cannot be used as ${field}.`, { field });
}

function pick(requested: string | undefined, available: readonly string[], fallback: string): string {
  return (requested === undefined ? undefined : pickLocale(requested, available)) ?? fallback;
}
