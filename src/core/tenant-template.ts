/** A tenant's own text in place of the built-in ones; how it is rendered is in template.ts. */
import { parseLocale } from './locale.ts';
import { parseTemplate, TEMPLATE_FAULTS, type TemplateKind } from './template.ts';

export interface TenantTemplate {
  readonly tenantId: string;
  /** Unique within the tenant; what a caller names. */
  readonly name: string;
  /** By BCP 47 language tag; each holds `{{code}}`. At least one. */
  readonly bodies: Readonly<Record<string, string>>;
  /** The language used where the asked one is not there; a key of `bodies`. */
  readonly defaultLocale: string;
  /** E-mail only; never holds the code. */
  readonly subject?: string;
  /** Used where a caller names no template. At most one of a tenant. */
  readonly isDefault: boolean;
  readonly updatedAtMs: number;
}

/** A template before it is anybody's: what a tenant or the config asks for. */
export type TemplateInput = Omit<TenantTemplate, 'tenantId' | 'updatedAtMs'>;

export interface TemplateInputFault {
  /** `name`, `bodies`, `bodies.de`, …, step by step. */
  readonly place: readonly string[];
  readonly problem: string;
}

const LOCALES_MAX = 50;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @returns the template with its language tags in their usual form, and every fault; it is of use without faults only */
export function readTemplate(input: TemplateInput): {
  readonly template: TemplateInput;
  readonly faults: readonly TemplateInputFault[];
} {
  const faults: TemplateInputFault[] = [];
  const expect = (isSo: boolean, problem: string, ...place: readonly string[]) => {
    if (!isSo) faults.push({ place, problem });
  };
  const { name, subject, defaultLocale: wished } = input;
  expect(NAME.test(name), 'must have 1 to 64 of the characters A-Z a-z 0-9 . _ -', 'name');
  const entries = Object.entries(input.bodies);
  expect(
    entries.length > 0 && entries.length <= LOCALES_MAX,
    `must be 1 to ${LOCALES_MAX} texts by language`,
    'bodies',
  );
  const bodies = entries.map(([tag, body]) => {
    const locale = parseLocale(tag);
    expect(locale !== undefined, 'is not a language tag', 'bodies', tag);
    faults.push(...findTextFaults(body, 'sms', ['bodies', tag]));
    return [locale ?? tag, body] as const;
  });
  const defaultLocale = parseLocale(wished) ?? wished;
  expect(
    bodies.some(([locale]) => locale === defaultLocale),
    'is not among the languages of the bodies',
    'defaultLocale',
  );
  if (subject !== undefined) faults.push(...findTextFaults(subject, 'emailSubject', ['subject']));
  return { template: { ...input, bodies: Object.fromEntries(bodies), defaultLocale }, faults };
}

function findTextFaults(
  text: string,
  kind: TemplateKind,
  place: readonly string[],
): readonly TemplateInputFault[] {
  const { faults } = parseTemplate(text, kind);
  if (!faults) return [];
  const list = faults
    .map(({ fault, position }) => `${fault} at ${position} (${TEMPLATE_FAULTS[fault]})`)
    .join(', ');
  return [{ place, problem: `cannot be used: ${list}` }];
}
