import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type CliIo, type JsonOption, print } from '../cli-io.ts';

interface MasterOptions extends JsonOption {
  readonly newSecretFile?: string;
}

export function addKeyRotation(key: Command, io: CliIo): void {
  key
    .command('rotate')
    .description(
      'make new keys for sealing and codes; running servers take them over and re-seal in the background',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost key rotate')
    .action((options: JsonOption) => rotate(io, options));
  key
    .command('rotate-master')
    .description(
      'wrap all keys of the database by a new master secret; running servers go on until they are restarted',
    )
    .option(
      '--new-secret-file <path>',
      'file that holds the new OTPOST_SECRET; needed where the secret is in the environment',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ otpost key rotate-master                                  # the secret is a file in the data folder\n  $ openssl rand -base64 32 > new && otpost key rotate-master --new-secret-file new',
    )
    .action((options: MasterOptions) => rotateMasterSecret(io, options));
}

async function rotate(io: CliIo, options: JsonOption): Promise<void> {
  const { withDatabase } = await import('../with-engine.ts');
  const { openKeyring } = await import('../../app/open-keyring.ts');
  const { rotateDataKeys } = await import('../../engine/rotate-keys.ts');
  await withDatabase(io, async (context, config) => {
    const { master } = await openKeyring(config, context);
    const names = await rotateDataKeys({ ...context, master });
    print(io, options, { keys: names }, `made ${names.join(' and ')}; they come into use in about a minute`);
  });
}

async function rotateMasterSecret(io: CliIo, options: MasterOptions): Promise<void> {
  const { withDatabase } = await import('../with-engine.ts');
  const { openKeyring, toMaster } = await import('../../app/open-keyring.ts');
  const { StartupError } = await import('../../app/startup-error.ts');
  const { commitStagedSecret, stageSecret, secretPath } = await import('../../config/secret-file.ts');
  const { rotateMaster } = await import('../../engine/rotate-keys.ts');
  const { makeMasterSecret } = await import('../../lib/master.ts');
  await withDatabase(io, async (context, config) => {
    const { newSecretFile } = options;
    if (newSecretFile === undefined && config.secret !== undefined) {
      throw new StartupError('OTPOST_SECRET is in the environment: give the new one with --new-secret-file');
    }
    const { master } = await openKeyring(config, context);
    const next =
      newSecretFile === undefined ? makeMasterSecret(context.randomBytes) : readSecret(newSecretFile);
    const nextMaster = toMaster(next, newSecretFile ?? 'the new secret', context.randomBytes);
    const isFile = config.secret === undefined;
    if (isFile) stageSecret(config.dataFolder, next.trim());
    await rotateMaster(context.store, master, nextMaster);
    if (isFile) commitStagedSecret(config.dataFolder);
    const where = isFile
      ? `the new secret is in ${secretPath(config.dataFolder)}`
      : 'start with the new OTPOST_SECRET from now on';
    print(io, options, { fingerprint: nextMaster.fingerprint() }, `done; ${where}. Restart running servers.`);
  });

  function readSecret(path: string): string {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new StartupError(`${path}: cannot be read`, { cause: error });
    }
  }
}
