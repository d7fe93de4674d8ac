/** `templates`: texts of code messages for tenants that have none of that name. What one may say is core/template.ts. */
import { type Static, Type } from 'typebox';
import { readTemplate, type TemplateInput } from '../core/tenant-template.ts';
import { type Fault, toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

/** As many as a tenant can store. */
const TEMPLATES_MAX = 100;

export const templatesSchema = Type.Record(
  Type.String(),
  Type.Object(
    {
      bodies: Type.Record(Type.String(), Type.String(), {
        description: 'Texts by language tag; each holds {{code}}, and may hold {{brand}} and {{minutes}}.',
      }),
      defaultLocale: Type.String({ description: 'The language where the asked one is not there.' }),
      subject: Type.Optional(Type.String({ description: 'Of e-mails; without the code.' })),
      isDefault: Type.Optional(
        Type.Boolean({ description: 'Used where a caller names no template. Default: false.' }),
      ),
    },
    { additionalProperties: false },
  ),
  { maxProperties: TEMPLATES_MAX, description: 'Texts of code messages, by name.' },
);

export function readTemplates(
  section: unknown,
  { fromEnvironment }: SectionContext,
): SectionResult<readonly TemplateInput[]> {
  const faults = findSchemaFaults(templatesSchema, section, { segments: ['templates'], fromEnvironment });
  if (faults.length > 0) return { value: [], faults };
  return toTemplates(section as Static<typeof templatesSchema>, ['templates']);
}

export function toTemplates(
  given: Static<typeof templatesSchema>,
  place: readonly string[],
): SectionResult<readonly TemplateInput[]> {
  const faults: Fault[] = [];
  let defaultName: string | undefined;
  const value = Object.entries(given).map(([name, { isDefault = false, ...rest }]) => {
    const { template, faults: found } = readTemplate({ ...rest, name, isDefault });
    for (const fault of found) {
      const inner = fault.place[0] === 'name' ? [] : fault.place;
      faults.push({ path: toPath([...place, name, ...inner]), problem: fault.problem });
    }
    if (isDefault && defaultName !== undefined) {
      faults.push({
        path: toPath([...place, name, 'isDefault']),
        problem: `is what "${defaultName}" is already`,
      });
    }
    if (isDefault) defaultName ??= name;
    return template;
  });
  return { value, faults };
}

/** A tenant's own stand before those of all, of which those of the same name are left out. */
export function withOwnTemplates(
  own: readonly TemplateInput[],
  usual: readonly TemplateInput[],
): readonly TemplateInput[] {
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...usual.filter(({ name }) => !names.has(name))];
}
