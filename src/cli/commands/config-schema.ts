import type { Command } from 'commander';
import type { CliIo } from '../cli-io.ts';

export function addConfigSchema(program: Command, io: CliIo): void {
  program
    .command('config-schema')
    .description('print the JSON Schema of otpost.yaml, for editors')
    .option('--json', 'it is JSON anyway')
    .addHelpText(
      'after',
      '\nExample:\n  $ otpost config-schema > otpost.schema.json\n  # first line of otpost.yaml:  # yaml-language-server: $schema=./otpost.schema.json',
    )
    .action(async () => {
      const { DEFINITIONS } = await import('../../app/load-app-config.ts');
      const { makeEditorSchema } = await import('../../config/editor-schema.ts');
      io.out(`${JSON.stringify(makeEditorSchema(DEFINITIONS), undefined, 2)}\n`);
    });
}
