/**
 * What the operator's settings say of tenants: one for all, and another where a tenant has an entry of its own, which
 * then is whole. It is not what a tenant sets for itself.
 */
import { NATIVE_POLICY, type Policy } from './policy.ts';
import type { Tenant } from './principal.ts';
import type { Limit } from './rate-limit.ts';
import type { SenderRule } from './sender.ts';
import type { TemplateInput } from './tenant-template.ts';

export interface TenantSettings {
  readonly limits: readonly Limit[];
  /** The first that fits counts. */
  readonly senders: readonly SenderRule[];
  /** For those that the tenant has not stored; the first that fits counts. */
  readonly templates: readonly TemplateInput[];
  /** For the native API, where its caller does not say. */
  readonly policy: PolicyDefaults;
  /** By dialect: the calling codes that may be addressed, in place of those of all tenants. */
  readonly callingCodes: Readonly<Record<string, readonly string[]>>;
}

export type PolicyDefaults = Partial<Omit<Policy, 'codeAlphabet' | 'disclosure' | 'segmentsMax'>>;

export interface Settings {
  /** Of every tenant without an entry. */
  readonly usual: TenantSettings;
  /** By a tenant's id or its e-mail address, in small letters. */
  readonly own: Readonly<Record<string, TenantSettings>>;
}

/** Called several times for each request. */
export type SettingsOf = (tenant: Pick<Tenant, 'id' | 'email'>) => TenantSettings;

/** An entry by id comes before one by e-mail address. */
export function createSettingsOf({ usual, own }: Settings): SettingsOf {
  const entries = new Map(Object.entries(own));
  return ({ id, email }) => entries.get(id) ?? entries.get(email) ?? usual;
}

/** Entries that are of no tenant there is: most likely misspelt. */
export function findStrayEntries(
  { own }: Pick<Settings, 'own'>,
  tenants: readonly Pick<Tenant, 'id' | 'email'>[],
): readonly string[] {
  const known = new Set(tenants.flatMap(({ id, email }) => [id, email]));
  return Object.keys(own).filter((name) => !known.has(name));
}

export function nativePolicyOf({ policy }: TenantSettings): Policy {
  return { ...NATIVE_POLICY, ...policy };
}
