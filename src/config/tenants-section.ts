/** `tenants`: what is different for single tenants. Each part of an entry is read as the section of that name is. */
import { type Static, Type } from 'typebox';
import { parseEmailAddress } from '../core/email-address.ts';
import { inOrder } from '../core/sender.ts';
import type { TenantSettings } from '../core/tenant-settings.ts';
import { parseUuid } from '../lib/uuid.ts';
import { type Fault, toPath } from './fault.ts';
import { limitsSchema, toLimits } from './limits-section.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';
import { findSenderFaults, sendersSchema } from './senders-section.ts';

const TENANTS_MAX = 10_000;

const tenantSchema = Type.Object(
  { limits: Type.Optional(limitsSchema), senders: Type.Optional(sendersSchema) },
  { additionalProperties: false },
);
type TenantEntry = Static<typeof tenantSchema>;

export const tenantsSchema = Type.Record(Type.String(), tenantSchema, {
  maxProperties: TENANTS_MAX,
  description: 'What is different for single tenants, by id or e-mail address.',
});

type OwnSettings = Readonly<Record<string, TenantSettings>>;

/** @param usual what an entry changes */
export function readTenants(
  section: unknown,
  usual: TenantSettings,
  { fromEnvironment }: SectionContext,
): SectionResult<OwnSettings> {
  const faults = findSchemaFaults(tenantsSchema, section, { segments: ['tenants'], fromEnvironment });
  if (faults.length > 0) return { value: {}, faults };
  const own: Record<string, TenantSettings> = {};
  const found: Fault[] = [];
  for (const [name, entry] of Object.entries(section as Readonly<Record<string, TenantEntry>>)) {
    const problem = problemOfName(name, own);
    if (problem !== undefined) found.push({ path: toPath(['tenants', name]), problem });
    const { value, faults: inner } = readTenant(name, entry, usual);
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

function readTenant(name: string, entry: TenantEntry, usual: TenantSettings): SectionResult<TenantSettings> {
  const place = (section: string) => ['tenants', name, section];
  const { senders = [] } = entry;
  const limits = toLimits(entry.limits ?? {}, usual.limits, place('limits'));
  return {
    value: { limits: limits.value, senders: inOrder(senders, usual.senders) },
    faults: [...limits.faults, ...findSenderFaults(senders, place('senders'))],
  };
}
