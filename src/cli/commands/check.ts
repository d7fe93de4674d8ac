import type { Command } from 'commander';
import { parseUuid } from '../../lib/uuid.ts';
import { type CliIo, EXIT_REFUSED, type JsonOption, print } from '../cli-io.ts';

interface CheckOptions extends JsonOption {
  readonly tenant?: string;
}

export function addCheck(program: Command, io: CliIo): void {
  program
    .command('check')
    .description('check a code; ends with 0 only where it is approved')
    .argument('<id>', 'the verification’s id')
    .argument('<code>', 'what the person typed')
    .option('--tenant <tenant>', 'in whose name, by id or e-mail address; needed where there are several')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ otpost check 01a1f942-… 550406')
    .action(async (id: string, code: string, options: CheckOptions) => {
      const { operatorOf, withEngine } = await import('../with-engine.ts');
      await withEngine(io, { sends: false }, async ({ engine, store }) => {
        const operator = await operatorOf(store, options.tenant);
        const known = parseUuid(id);
        const found = known && (await store.findVerification(operator.tenant.id, known));
        // An operator stands above the two modes of keys.
        const principal = found ? { ...operator, mode: found.mode } : operator;
        const { outcome, checksLeft } = await engine.checkVerification(principal, {
          verificationId: id,
          code,
        });
        if (outcome !== 'approved') io.exitCode = EXIT_REFUSED;
        print(
          io,
          options,
          { outcome, checksLeft },
          outcome === 'approved' ? outcome : `${outcome}; ${checksLeft} checks left`,
        );
      });
    });
}
