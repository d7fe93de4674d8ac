/**
 * The release before the newest migration of PostgreSQL, from the history of this checkout, in a folder of its own. A
 * checkout without that much history has none, and none is fetched.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantAccess } from './installation.ts';

export interface OlderRelease extends Disposable {
  readonly folder: string;
  /** Has it bring the database to its own schema and make a tenant that has a balance and an endpoint. */
  makeTenant(env: Readonly<Record<string, string>>, endpointUrl: string): TenantAccess;
}

const ROOT = join(import.meta.dirname, '../..');
const MIGRATIONS = 'src/store/postgres/migrations';
const TOP_UP_MICROS = 1_000_000_000_000;
/** The sources are a tenth of it. */
const ARCHIVE_BYTES_MAX = 64 * 1024 * 1024;

/** Run in the older release's folder, by its own code. */
const MAKE_TENANT = `
import { loadAppConfig } from './src/app/load-app-config.ts';
import { createApp } from './src/app.ts';
import { readEnvironment } from './src/config/env.ts';
import { createKey, createTenant } from './src/engine/tenants.ts';
import { createLogger } from './src/lib/logger.ts';
const logger = createLogger({ level: 'silent', pretty: false });
const app = await createApp(loadAppConfig(readEnvironment()), { logger });
const { context, engine } = app.parts;
const tenant = await createTenant(context, { name: 'Load', email: 'load@acme.example' });
const { key, secret } = await createKey(context, { tenantId: tenant.id });
const principal = { tenant, keyId: key.id, mode: key.mode, scopes: key.scopes };
await engine.topUp(principal, ${TOP_UP_MICROS});
await engine.createWebhookEndpoint(principal, { url: process.argv[2] });
await app[Symbol.asyncDispose]();
console.log(JSON.stringify({ tenantId: tenant.id, secret }));
`;

/** Undefined where the history does not go back that far, or that release needs packages that are not here. */
export function checkOutOlderRelease(): OlderRelease | undefined {
  const newest = readdirSync(join(ROOT, MIGRATIONS)).sort().at(-1) ?? '';
  const git = (...parameters: readonly string[]) =>
    execFileSync('git', parameters, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: ARCHIVE_BYTES_MAX,
    });
  let archive: Buffer;
  try {
    const added = git('log', '--diff-filter=A', '--format=%H', '-1', '--', `${MIGRATIONS}/${newest}`);
    archive = git('archive', `${added.toString().trim()}^`, 'src', 'package.json');
  } catch {
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'otpost-older-'));
  execFileSync('tar', ['x'], { cwd: folder, input: archive });
  const older = { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
  if (dependenciesOf(folder).some((name) => !dependenciesOf(ROOT).includes(name))) {
    older[Symbol.dispose]();
    return undefined;
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    ...older,
    makeTenant(env, endpointUrl) {
      const program = join(folder, 'make-tenant.ts');
      writeFileSync(program, MAKE_TENANT);
      const options = { cwd: folder, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' } as const;
      return JSON.parse(execFileSync(process.execPath, [program, endpointUrl], options));
    },
  };
}

function dependenciesOf(folder: string): readonly string[] {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  return Object.keys(dependencies);
}
