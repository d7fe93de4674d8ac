import type { Command } from 'commander';
import { type CliIo, EXIT_REFUSED, type JsonOption, print } from '../cli-io.ts';

const SUBJECT_COLUMNS = 14;

export function addDoctor(program: Command, io: CliIo): void {
  program
    .command('doctor')
    .description('examine settings, folder, database, clock, secret, port and carriers, and say what to do')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nEnds with 1 where something fails. It binds to SMPP carriers, and sends nothing by any.\n\nExample:\n  $ otpost doctor',
    )
    .action(async (options: JsonOption) => {
      const { examine } = await import('../doctor/examine.ts');
      const findings = await examine(io.env);
      if (findings.some(({ level }) => level === 'fail')) io.exitCode = EXIT_REFUSED;
      const lines = findings.map(
        ({ level, subject, detail, advice }) =>
          `${level.padEnd(4)}  ${subject.padEnd(SUBJECT_COLUMNS)}  ${detail}${advice === undefined ? '' : `\n      → ${advice}`}`,
      );
      print(io, options, { findings }, lines.join('\n'));
    });
}
