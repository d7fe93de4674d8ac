/** Who is calling, and what a tenant and its keys are. Authentication itself is in engine/authenticate.ts. */
export const SCOPES = ['verify', 'messages', 'manage'] as const;
export type Scope = (typeof SCOPES)[number];

/** A `test` key sends only through simulated carriers, whatever the routes say. */
export const KEY_MODES = ['live', 'test'] as const;
export type KeyMode = (typeof KEY_MODES)[number];

export interface Tenant {
  readonly id: string;
  readonly name: string;
  /** Lower-case; unique; the user name of OneConnect's Basic credentials. */
  readonly email: string;
  /** ISO 3166-1 alpha-2; national numbers are read in it. */
  readonly defaultCountry?: string;
  readonly createdAtMs: number;
}

export interface Key {
  readonly id: string;
  readonly tenantId: string;
  readonly mode: KeyMode;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  readonly revokedAtMs?: number;
}

export interface Principal {
  readonly tenant: Tenant;
  readonly keyId: string;
  readonly mode: KeyMode;
  readonly scopes: readonly Scope[];
}
