import type { Command } from 'commander';
import { type CliIo, type JsonOption, print } from '../cli-io.ts';

interface CreateOptions extends JsonOption {
  readonly name: string;
  readonly email: string;
  readonly defaultCountry?: string;
}

export function addTenant(program: Command, io: CliIo): void {
  const tenant = program.command('tenant').description('owners of keys, limits and data');
  tenant
    .command('create')
    .description('make a tenant with a live key, whose secret is shown this once')
    .requiredOption('--name <name>', 'what people call it')
    .requiredOption('--email <address>', 'the user name of Basic credentials; no other tenant’s')
    .option('--default-country <code>', 'two letters; numbers without a country code are read in it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ otpost tenant create --name Acme --email ops@acme.example --default-country GE',
    )
    .action((options: CreateOptions) => createOne(io, options));
  tenant
    .command('list')
    .description('show all tenants')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost tenant list --json')
    .action((options: JsonOption) => listAll(io, options));
}

async function createOne(io: CliIo, options: CreateOptions): Promise<void> {
  const { withDatabase } = await import('../with-engine.ts');
  const { createKey, createTenant } = await import('../../engine/tenants.ts');
  await withDatabase(io, async (context) => {
    const { name, email, defaultCountry } = options;
    const tenant = await createTenant(context, {
      name,
      email,
      ...(defaultCountry !== undefined && { defaultCountry }),
    });
    const { key, secret } = await createKey(context, { tenantId: tenant.id });
    const { id, mode, scopes } = key;
    print(
      io,
      options,
      {
        tenant: { id: tenant.id, name: tenant.name, email: tenant.email },
        key: { id, secret, mode, scopes },
      },
      `tenant  ${tenant.id}\ne-mail  ${tenant.email}\nkey     ${id} (${mode}; ${scopes.join(', ')})\nsecret  ${secret}\n\nThe secret is not stored and not shown again.`,
    );
  });
}

async function listAll(io: CliIo, options: JsonOption): Promise<void> {
  const { withDatabase } = await import('../with-engine.ts');
  const { toIso } = await import('../../lib/time.ts');
  await withDatabase(io, async ({ store }) => {
    const tenants = (await store.listTenants()).map(({ createdAtMs, ...rest }) => ({
      ...rest,
      createdAt: toIso(createdAtMs),
    }));
    const lines = tenants.map(({ id, email, name }) => `${id}  ${email}  ${name}`);
    print(io, options, { tenants }, lines.length > 0 ? lines.join('\n') : 'no tenants');
  });
}
