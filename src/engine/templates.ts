import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { readTemplate, type TemplateInput, type TenantTemplate } from '../core/tenant-template.ts';
import type { EngineContext } from './context.ts';
import { notFound } from './read-verifications.ts';

/** What a tenant can have; every start may look through them. */
const TEMPLATES_MAX = 100;

export async function saveTemplate(
  context: EngineContext,
  principal: Principal,
  input: TemplateInput,
): Promise<TenantTemplate> {
  const { template: read, faults } = readTemplate(input);
  const [fault] = faults;
  if (fault) {
    const field = fault.place.join('.');
    throw new EngineError('invalid_template', `The ${field} ${fault.problem}.`, { field });
  }
  const known = await context.store.listTemplates(principal.tenant.id);
  if (known.length >= TEMPLATES_MAX && !known.some(({ name }) => name === input.name)) {
    throw new EngineError('conflict', `A tenant has at most ${TEMPLATES_MAX} templates.`);
  }
  const template = { ...read, tenantId: principal.tenant.id, updatedAtMs: context.clock() };
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
