import { type Command, Option } from 'commander';
import type { MessageChannel } from '../../core/channel.ts';
import { type CliIo, EXIT_REFUSED, type JsonOption, print } from '../cli-io.ts';

interface SendOptions extends JsonOption {
  readonly channel?: MessageChannel;
  readonly tenant?: string;
}

export function addSend(program: Command, io: CliIo): void {
  program
    .command('send')
    .description('start a verification: send a code, and print the id to check it by')
    .argument('<to>', 'a phone number or an e-mail address')
    .addOption(
      new Option('--channel <channel>', 'sms unless told, email for an address').choices([
        'sms',
        'voice',
        'email',
      ]),
    )
    .option('--tenant <tenant>', 'in whose name, by id or e-mail address; needed where there are several')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nA running server sends it; where none does, the command sends it itself.\n\nExamples:\n  $ otpost send +14155550123\n  $ otpost send +14155550123 --channel voice --json',
    )
    .action(async (to: string, options: SendOptions) => {
      const { sendCode } = await import('../send-code.ts');
      const { verification, message, handsetText } = await sendCode(io, { to, ...options });
      const { id, state, carrier, failure } = message;
      if (state === 'failed' || state === 'expired') io.exitCode = EXIT_REFUSED;
      const how = [`message ${state}`, carrier && `by ${carrier}`, failure && `(${failure})`]
        .filter(Boolean)
        .join(' ');
      print(
        io,
        options,
        {
          verification: { id: verification.id, status: verification.state },
          message: { id, status: state, ...(carrier && { carrier }), ...(failure && { failure }) },
          ...(handsetText !== undefined && { handset: { body: handsetText } }),
        },
        [
          `verification  ${verification.id}`,
          how,
          ...(handsetText === undefined ? [] : [`the handset shows: ${handsetText}`]),
        ].join('\n'),
      );
    });
}
