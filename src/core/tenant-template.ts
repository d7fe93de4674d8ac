/** A tenant's own text in place of the built-in ones; how it is rendered is in template.ts. */
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
