/**
 * The shape of a dialect: an HTTP API that we serve. A dialect is description; what every one needs (its place, its
 * error handler, answers to unknown paths and wrong methods) is mount.ts, and what it may use is in http/.
 */

import type { CallbackFormat } from '../core/callback.ts';
import type { SettingsOf } from '../core/tenant-settings.ts';
import type { Engine } from '../engine/engine.ts';
import type { Authenticator } from '../http/credentials.ts';
import type { FaultWriter } from '../http/fault-handling.ts';
import type { HttpScope } from '../http/http-scope.ts';
import type { FaultReplySchema } from '../http/openapi.ts';
import type { Logger } from '../lib/logger.ts';
import type { Clock } from '../lib/time.ts';

export interface Dialect {
  /** Lower-case; the name in the config, logs, metrics and `/openapi/<name>.json`. */
  readonly name: string;
  readonly title: string;
  /** Where it is mounted unless the config says otherwise: begins with `/` and does not end with one. */
  readonly prefix: string;
  /** The vendor's documentation, or ours. */
  readonly documentation: string;
  readonly openapi: DialectOpenapi;
  /**
   * Adds the routes, with paths relative to the prefix. Paths that no route has and methods that a path does not take
   * come to `writeFault` by themselves, without credentials being asked for. A `response` schema fixes the order of
   * keys in a reply: the required ones first, each group as the schema has it.
   */
  register(scope: HttpScope, context: DialectContext, settings: DialectSettings): void | Promise<void>;
  /** Says in the vendor's words why a request could not be served; total over `EngineErrorCode`. */
  readonly writeFault: (...fault: [...Parameters<FaultWriter>, clock: Clock]) => void;
  /** The calling codes that may be addressed unless the config says otherwise. Absent: every one. */
  readonly callingCodes?: readonly string[];
  /** How the vendor tells of events, where it does: webhooks of the format that has this dialect's name. */
  readonly callbacks?: CallbackFormat;
  /** One line for a shell that makes this dialect do something, printed once at the first start. */
  exampleCurl(caller: ExampleCaller): string;
}

export interface ExampleCaller {
  /** Where the dialect is mounted, its prefix included: `http://127.0.0.1:6877/otp/v1`. */
  readonly baseUrl: string;
  readonly tenantId: string;
  readonly email: string;
  readonly secret: string;
  /** E.164; each dialect gets another one, so that who pastes all lines meets no limit on a recipient. */
  readonly to: string;
}

export interface DialectOpenapi {
  readonly version: string;
  readonly description: string;
  /** OpenAPI 3.1 security scheme objects by name; every operation requires one of them, unless `security` says more. */
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  /** Which schemes go together: names of all that one call needs, and other such sets that serve as well. */
  readonly security?: readonly (readonly string[])[];
  /** What `writeFault` sends, added to every operation of the description. */
  readonly faultReply?: FaultReplySchema;
}

/** @see https://spec.openapis.org/oas/v3.1.0#security-scheme-object */
export type SecurityScheme =
  | { readonly type: 'http'; readonly scheme: 'basic' | 'bearer'; readonly description?: string }
  | {
      readonly type: 'apiKey';
      readonly in: 'header';
      readonly name: string;
      readonly description?: string;
    };

export interface DialectContext {
  readonly engine: Engine;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the config says for a tenant. */
  readonly settingsOf: SettingsOf;
  /** The host and port under which callers reach this server, for absolute URLs in replies; without a trailing slash. */
  readonly publicUrl?: string;
}

/** What the config may say of a dialect. */
export interface DialectSettings {
  readonly enabled?: boolean;
  readonly prefix?: string;
  /** Serve it on this host name only, exactly as the `Host` header has it. */
  readonly host?: string;
  /** Instead of the dialect's own, where it has any. */
  readonly callingCodes?: readonly string[];
}
