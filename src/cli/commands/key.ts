import { type Command, InvalidArgumentError, Option } from 'commander';
import { KEY_MODES, type KeyMode, SCOPES, type Scope } from '../../core/principal.ts';
import { type CliIo, type JsonOption, print } from '../cli-io.ts';
import { addKeyRotation } from './key-rotation.ts';

interface TenantOption extends JsonOption {
  readonly tenant: string;
}
interface CreateOptions extends TenantOption {
  readonly mode: KeyMode;
  readonly scope?: readonly Scope[];
}

export function addKey(program: Command, io: CliIo): void {
  const key = program
    .command('key')
    .description('API credentials of tenants, and the keys that seal the database');
  key
    .command('create')
    .description('make a key, whose secret is shown this once')
    .requiredOption('--tenant <tenant>', 'whose key it is, by id or e-mail address')
    .addOption(
      new Option('--mode <mode>', 'a test key sends through handsets only')
        .choices(KEY_MODES)
        .default('live'),
    )
    .option('--scope <scope...>', `what it may do (${SCOPES.join(', ')}); all unless told`, collectScope)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ otpost key create --tenant ops@acme.example --mode test --scope verify messages',
    )
    .action((options: CreateOptions) => createOne(io, options));
  key
    .command('list')
    .description('show the keys of a tenant; secrets are not stored')
    .requiredOption('--tenant <tenant>', 'whose keys, by id or e-mail address')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost key list --tenant ops@acme.example')
    .action((options: TenantOption) => listAll(io, options));
  key
    .command('revoke')
    .description('end a key for good; running servers refuse it within two seconds')
    .argument('<id>', 'the key’s id, as `otpost key list` shows it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost key revoke 01a1f943-…')
    .action((id: string, options: JsonOption) => revokeOne(io, id, options));
  addKeyRotation(key, io);
}

function collectScope(text: string, scopes: readonly Scope[] = []): readonly Scope[] {
  const scope = SCOPES.find((known) => known === text);
  if (!scope) throw new InvalidArgumentError(`Scopes are ${SCOPES.join(', ')}.`);
  return [...scopes, scope];
}

async function createOne(io: CliIo, options: CreateOptions): Promise<void> {
  const { getNamedTenant, withDatabase } = await import('../with-engine.ts');
  const { createKey } = await import('../../engine/tenants.ts');
  await withDatabase(io, async (context) => {
    const { tenant, mode, scope } = options;
    const { id: tenantId } = await getNamedTenant(context.store, tenant);
    const made = await createKey(context, { tenantId, mode, ...(scope && { scopes: scope }) });
    const { id, scopes } = made.key;
    print(
      io,
      options,
      { key: { id, secret: made.secret, mode, scopes } },
      `key     ${id} (${mode}; ${scopes.join(', ')})\nsecret  ${made.secret}\n\nThe secret is not stored and not shown again.`,
    );
  });
}

async function listAll(io: CliIo, options: TenantOption): Promise<void> {
  const { getNamedTenant, withDatabase } = await import('../with-engine.ts');
  const { toIso } = await import('../../lib/time.ts');
  await withDatabase(io, async ({ store }) => {
    const tenant = await getNamedTenant(store, options.tenant);
    const keys = (await store.listKeys(tenant.id)).map(({ id, mode, scopes, createdAtMs, revokedAtMs }) => ({
      ...{ id, mode, scopes, createdAt: toIso(createdAtMs) },
      ...(revokedAtMs !== undefined && { revokedAt: toIso(revokedAtMs) }),
    }));
    const lines = keys.map(
      ({ id, mode, scopes, revokedAt }) => `${id}  ${mode}  ${revokedAt ? 'revoked' : scopes.join(',')}`,
    );
    print(io, options, { keys }, lines.length > 0 ? lines.join('\n') : 'no keys');
  });
}

async function revokeOne(io: CliIo, id: string, options: JsonOption): Promise<void> {
  const { withDatabase } = await import('../with-engine.ts');
  const { revokeKey } = await import('../../engine/tenants.ts');
  await withDatabase(io, async (context) => {
    await revokeKey(context, id);
    print(io, options, { key: { id, revoked: true } }, `revoked ${id}`);
  });
}
