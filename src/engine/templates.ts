import { EngineError } from '../core/errors.ts';
import { parseLocale } from '../core/locale.ts';
import type { Principal } from '../core/principal.ts';
import { parseTemplate, type TemplateKind } from '../core/template.ts';
import type { TenantTemplate } from '../core/tenant-template.ts';
import type { EngineContext } from './context.ts';
import type { TemplateInput } from './engine.ts';
import { notFound } from './read-verifications.ts';

/** What a tenant can have; every start may look through them. */
const TEMPLATES_MAX = 100;
const LOCALES_MAX = 50;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export async function saveTemplate(
  context: EngineContext,
  principal: Principal,
  input: TemplateInput,
): Promise<TenantTemplate> {
  if (!NAME.test(input.name)) throw invalid('A name has 1 to 64 of the characters A-Z a-z 0-9 . _ -', 'name');
  const bodies = readBodies(input.bodies);
  const defaultLocale = parseLocale(input.defaultLocale) ?? input.defaultLocale;
  if (!(defaultLocale in bodies))
    throw invalid('The default locale is not among the bodies.', 'defaultLocale');
  if (input.subject !== undefined) assertTemplate(input.subject, 'emailSubject', 'subject');
  const known = await context.store.listTemplates(principal.tenant.id);
  if (known.length >= TEMPLATES_MAX && !known.some(({ name }) => name === input.name)) {
    throw new EngineError('conflict', `A tenant has at most ${TEMPLATES_MAX} templates.`);
  }
  const template = {
    ...input,
    tenantId: principal.tenant.id,
    bodies,
    defaultLocale,
    updatedAtMs: context.clock(),
  };
  await context.store.saveTemplate(template);
  context.texts.forget(principal.tenant.id);
  return template;
}

export async function getTemplate(
  { store }: EngineContext,
  principal: Principal,
  name: string,
): Promise<TenantTemplate> {
  const template = await store.findTemplate(principal.tenant.id, name);
  if (!template) throw notFound();
  return template;
}

export async function deleteTemplate(
  context: EngineContext,
  principal: Principal,
  name: string,
): Promise<void> {
  if (!(await context.store.deleteTemplate(principal.tenant.id, name))) throw notFound();
  context.texts.forget(principal.tenant.id);
}

function readBodies(input: TemplateInput['bodies']): Record<string, string> {
  const entries = Object.entries(input);
  if (entries.length === 0 || entries.length > LOCALES_MAX) {
    throw invalid(`A template has 1 to ${LOCALES_MAX} bodies.`, 'bodies');
  }
  return Object.fromEntries(
    entries.map(([tag, body]) => {
      const locale = parseLocale(tag);
      if (!locale) throw invalid('This is not a language tag.', `bodies.${tag}`);
      assertTemplate(body, 'sms', `bodies.${tag}`);
      return [locale, body];
    }),
  );
}

function assertTemplate(body: string, kind: TemplateKind, field: string): void {
  const { faults } = parseTemplate(body, kind);
  if (!faults) return;
  const list = faults.map(({ fault, position }) => `${fault} at ${position}`).join(', ');
  throw invalid(`The text cannot be used: ${list}.`, field);
}

function invalid(message: string, field: string): EngineError {
  return new EngineError('invalid_template', message, { field });
}
