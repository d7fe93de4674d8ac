import type { Command } from 'commander';
import { KEY_MODES } from '../../core/principal.ts';
import { type CliIo, type JsonOption, print } from '../cli-io.ts';

interface UnblockOptions extends JsonOption {
  readonly tenant?: string;
}

export function addUnblock(program: Command, io: CliIo): void {
  program
    .command('unblock')
    .description('forget the wrong codes that were given for an address, which ends its block')
    .argument('<address>', 'a phone number or an e-mail address')
    .option('--tenant <tenant>', 'whose recipient, by id or e-mail address; needed where there are several')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost unblock +14155550123 --tenant 01a1f942-…')
    .action(async (address: string, options: UnblockOptions) => {
      const { operatorOf, withEngine } = await import('../with-engine.ts');
      await withEngine(io, { sends: false }, async ({ engine, store }) => {
        const operator = await operatorOf(store, options.tenant);
        // An operator stands above the two modes of keys, whose failures are counted apart.
        for (const mode of KEY_MODES) await engine.liftBlock({ ...operator, mode }, address);
        print(io, options, { unblocked: true }, 'unblocked');
      });
    });
}
