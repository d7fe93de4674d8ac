import type { Command } from 'commander';
import { type CliIo, type JsonOption, print } from '../cli-io.ts';

export function addMigrate(program: Command, io: CliIo): void {
  program
    .command('migrate')
    .description('bring the database to this release’s schema (`serve` does so by itself)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost migrate')
    .action(async (options: JsonOption) => {
      const { loadAppConfig } = await import('../../app/load-app-config.ts');
      const { migrateDatabase } = await import('../../app/open-database.ts');
      const { systemClock } = await import('../../lib/time.ts');
      const { version, applied } = await migrateDatabase(loadAppConfig(io.env), systemClock);
      const text =
        applied.length === 0
          ? `nothing to do: the schema is at ${version}`
          : `applied ${applied.join(', ')}; the schema is at ${version}`;
      print(io, options, { version, applied }, text);
    });
}
