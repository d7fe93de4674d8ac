/** The command line as a function: arguments and an environment in, words and an exit code out. */
import { Command, CommanderError } from 'commander';
import { describeStartupFault } from '../app/startup-error.ts';
import type { Environment } from '../config/env.ts';
import { EngineError } from '../core/errors.ts';
import { readVersion } from '../lib/version.ts';
import { type CliIo, EXIT_FAULT, EXIT_OK, EXIT_REFUSED } from './cli-io.ts';
import { addBackup } from './commands/backup.ts';
import { addCheck } from './commands/check.ts';
import { addConfigSchema } from './commands/config-schema.ts';
import { addDoctor } from './commands/doctor.ts';
import { addKey } from './commands/key.ts';
import { addMigrate } from './commands/migrate.ts';
import { addMigrateStore } from './commands/migrate-store.ts';
import { addSend } from './commands/send.ts';
import { addServe } from './commands/serve.ts';
import { addSmsc } from './commands/smsc.ts';
import { addTemplate } from './commands/template.ts';
import { addTenant } from './commands/tenant.ts';
import { addUnblock } from './commands/unblock.ts';

export interface CliOptions {
  readonly env: Environment;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** @param args without the program's own name. @returns the exit code. Mistakes of ours reject. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<number> {
  const io: CliIo = { ...options, exitCode: EXIT_OK };
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return io.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_FAULT;
    const told = describe(error);
    if (!told) throw error;
    const isJson = args.includes('--json');
    for (const line of told.lines) {
      io.err(
        isJson ? `${JSON.stringify({ error: { code: told.code, message: line } })}\n` : `otpost: ${line}\n`,
      );
    }
    return told.exitCode;
  }
}

/** All commands, for the program and for the test of the documentation. */
export function createProgram(io: CliIo): Command {
  const program = new Command('otpost')
    .description('Self-hosted verification service. Settings come from OTPOST_… variables and otpost.yaml.')
    .showSuggestionAfterError()
    .exitOverride()
    .version(readVersion(), '--version', 'print the release')
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (text, write) => write(text.replace(/^error: /, 'otpost: ')),
    })
    .addHelpText(
      'after',
      '\nEnds with 0 when done, 1 when refused or failed, 2 for a fault in the command line, settings or database.',
    );
  addServe(program);
  for (const add of [
    addDoctor,
    addMigrate,
    addMigrateStore,
    addTenant,
    addTemplate,
    addKey,
    addSend,
    addCheck,
    addUnblock,
    addBackup,
    addConfigSchema,
    addSmsc,
  ]) {
    add(program, io);
  }
  return program;
}

interface Told {
  readonly code: string;
  readonly lines: readonly string[];
  readonly exitCode: number;
}

function describe(error: unknown): Told | undefined {
  if (error instanceof EngineError) {
    const { code, message, details } = error;
    const wait =
      details.retryAfterSeconds === undefined ? '' : ` Try again in ${details.retryAfterSeconds} s.`;
    return { code, lines: [message + wait], exitCode: EXIT_REFUSED };
  }
  const lines = describeStartupFault(error);
  return lines && { code: 'fault', lines, exitCode: EXIT_FAULT };
}
