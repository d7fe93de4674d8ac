import type { Command } from 'commander';
import { type CliIo, type JsonOption, print } from '../cli-io.ts';

export function addBackup(program: Command, io: CliIo): void {
  program
    .command('backup')
    .description('copy the database while it is in use; the secret is not in it and is to be kept elsewhere')
    .argument('<target>', 'the new file; it must not exist')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost backup /backups/otpost-monday.db')
    .action(async (target: string, options: JsonOption) => {
      const { loadAppConfig } = await import('../../app/load-app-config.ts');
      const { databasePath } = await import('../../app/open-database.ts');
      const { backupSqlite } = await import('../../store/sqlite/backup.ts');
      const { StartupError } = await import('../../app/startup-error.ts');
      const config = loadAppConfig(io.env);
      if (config.databaseUrl !== undefined)
        throw new StartupError(
          'PostgreSQL is backed up with its own tools, such as pg_dump or pg_basebackup',
        );
      await backupSqlite(databasePath(config), target);
      print(
        io,
        options,
        { target },
        `copied to ${target}; it opens only with the secret of this installation`,
      );
    });
}
