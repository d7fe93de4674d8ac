import type { Command } from 'commander';

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the server until a signal comes (SIGTERM, SIGINT; a second one ends it at once)')
    .option('--pretty', 'log for people in place of JSON lines')
    .addHelpText(
      'after',
      '\nExamples:\n  $ otpost serve --pretty\n  $ OTPOST_PORT=8080 OTPOST_CONFIG=/etc/otpost.yaml otpost serve',
    )
    .action(async ({ pretty = false }: { readonly pretty?: boolean }) => {
      const { serve } = await import('../../main.ts');
      await serve({ pretty });
    });
}
