/** `tenants`: what is different for single tenants. Each part of an entry is read as the section of that name is. */
import { type Static, type TSchema, Type } from 'typebox';
import { parseEmailAddress } from '../core/email-address.ts';
import type { Route } from '../core/routing.ts';
import { inOrder } from '../core/sender.ts';
import type { TenantSettings } from '../core/tenant-settings.ts';
import { parseUuid } from '../lib/uuid.ts';
import type { DialectDefinition } from './definitions.ts';
import { ownDialectsSchema } from './dialects-section.ts';
import { type Fault, toPath } from './fault.ts';
import { limitsSchema, toLimits } from './limits-section.ts';
import { policySchema, toPolicy } from './policy-section.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';
import { findSenderFaults, sendersSchema } from './senders-section.ts';
import { templatesSchema, toTemplates, withOwnTemplates } from './templates-section.ts';

const TENANTS_MAX = 10_000;

interface TenantEntry {
  readonly limits?: Static<typeof limitsSchema>;
  readonly senders?: Static<typeof sendersSchema>;
  readonly policy?: Static<typeof policySchema>;
  readonly templates?: Static<typeof templatesSchema>;
  readonly dialects?: Readonly<Record<string, { readonly callingCodes: readonly string[] }>>;
}

export function tenantsSchema(dialects: readonly DialectDefinition[]): TSchema {
  const tenant = Type.Object(
    {
      limits: Type.Optional(limitsSchema),
      senders: Type.Optional(sendersSchema),
      policy: Type.Optional(policySchema),
      templates: Type.Optional(templatesSchema),
      dialects: Type.Optional(ownDialectsSchema(dialects)),
    },
    { additionalProperties: false },
  );
  return Type.Record(Type.String(), tenant, {
    maxProperties: TENANTS_MAX,
    description: 'What is different for single tenants, by id or e-mail address.',
  });
}

type OwnSettings = Readonly<Record<string, TenantSettings>>;

export interface TenantsContext extends SectionContext {
  readonly dialects: readonly DialectDefinition[];
  /** Undefined where they have faults of their own. */
  readonly routes: readonly Route[] | undefined;
}

/** @param usual what an entry changes */
export function readTenants(
  section: unknown,
  usual: TenantSettings,
  { fromEnvironment, dialects, routes }: TenantsContext,
): SectionResult<OwnSettings> {
  const faults = findSchemaFaults(tenantsSchema(dialects), section, {
    segments: ['tenants'],
    fromEnvironment,
  });
  if (faults.length > 0) return { value: {}, faults };
  const own: Record<string, TenantSettings> = {};
  const found: Fault[] = [];
  for (const [name, entry] of Object.entries(section as Readonly<Record<string, TenantEntry>>)) {
    const problem = problemOfName(name, own);
    if (problem !== undefined) found.push({ path: toPath(['tenants', name]), problem });
    const { value, faults: inner } = readTenant(name, entry, usual, routes);
    own[name.toLowerCase()] = value;
    found.push(...inner);
  }
  return { value: own, faults: found };
}

function problemOfName(name: string, earlier: OwnSettings): string | undefined {
  if (parseUuid(name) === undefined && parseEmailAddress(name).fault !== undefined) {
    return 'must be the id or the e-mail address of a tenant';
  }
  return Object.hasOwn(earlier, name.toLowerCase()) ? 'is there twice' : undefined;
}

function readTenant(
  name: string,
  entry: TenantEntry,
  usual: TenantSettings,
  routes: readonly Route[] | undefined,
): SectionResult<TenantSettings> {
  const place = (section: string) => ['tenants', name, section];
  const { senders = [], dialects = {} } = entry;
  const limits = toLimits(entry.limits ?? {}, usual.limits, place('limits'));
  const templates = toTemplates(entry.templates ?? {}, place('templates'));
  const policy = toPolicy(entry.policy ?? {}, routes, place('policy'));
  const callingCodes = Object.entries(dialects).map(([dialect, own]) => [dialect, own.callingCodes] as const);
  return {
    value: {
      limits: limits.value,
      senders: inOrder(senders, usual.senders),
      templates: withOwnTemplates(templates.value, usual.templates),
      policy: { ...usual.policy, ...policy.value },
      callingCodes: Object.fromEntries(callingCodes),
    },
    faults: [
      ...limits.faults,
      ...findSenderFaults(senders, place('senders')),
      ...policy.faults,
      ...templates.faults,
    ],
  };
}
