import type { Command } from 'commander';
import type { DatabaseMove } from '../../app/move-database.ts';
import type { MoveProgress, TableReport } from '../../store/move-store.ts';
import { type CliIo, EXIT_REFUSED, type JsonOption, print } from '../cli-io.ts';

interface MigrateStoreOptions extends JsonOption {
  readonly to?: string;
  readonly ahead?: boolean;
}

/** Between two words of progress. */
const PROGRESS_MS = 2_000;
const CHECKSUM_CHARACTERS = 16;

export function addMigrateStore(program: Command, io: CliIo): void {
  program
    .command('migrate-store')
    .description(
      'move the database in the data folder to PostgreSQL, compare all of it, and take it out of use here',
    )
    .option(
      '--to <url>',
      'postgres://user:password@host:port/database, of its own and empty (default: OTPOST_DATABASE_URL)',
    )
    .option('--ahead', 'copy while the server goes on and leave it in use: a move after it has less to do')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Stop the server first: the move holds the database alone. Cut short, run it again: it goes on.
Ends with 1 where the copy is not equal; both databases are then as they were.
Others on this machine can see a password in --to while it runs, but not one in OTPOST_DATABASE_URL.

Examples:
  $ otpost migrate-store --ahead --to postgres://otpost:secret@db.example/otpost
  $ otpost migrate-store --to postgres://otpost:secret@db.example/otpost`,
    )
    .action((options: MigrateStoreOptions) => migrateStore(io, options));
}

async function migrateStore(io: CliIo, options: MigrateStoreOptions): Promise<void> {
  const { loadAppConfig } = await import('../../app/load-app-config.ts');
  const { moveDatabase } = await import('../../app/move-database.ts');
  const { StartupError } = await import('../../app/startup-error.ts');
  const { isPostgresUrl, POSTGRES_URL_RULE } = await import('../../config/process-settings.ts');
  const { systemClock, systemStopwatch } = await import('../../lib/time.ts');
  const config = loadAppConfig(io.env);
  const url = options.to ?? config.databaseUrl;
  if (url === undefined) throw new StartupError('--to: must be given where OTPOST_DATABASE_URL is not set');
  if (!isPostgresUrl(url)) throw new StartupError(`--to: ${POSTGRES_URL_RULE}`);
  const { ahead: isAhead = false, json = false } = options;
  const move = await moveDatabase(config, {
    url,
    isAhead,
    clock: systemClock,
    ...(!json && { onProgress: createTeller(io, systemStopwatch) }),
  });
  if (move.outcome === 'unequal') io.exitCode = EXIT_REFUSED;
  print(io, options, move, toText(move, config.secret === undefined));
}

/** Says how far it is, on standard error. */
function createTeller(io: CliIo, stopwatch: () => number): (progress: MoveProgress) => void {
  let toldMs = stopwatch();
  return (progress) => {
    if (progress.step === 'marked' || stopwatch() - toldMs < PROGRESS_MS) return;
    toldMs = stopwatch();
    io.err(`${progress.step} ${progress.table}: ${progress.rows} of ${progress.of}\n`);
  };
}

function toText(move: DatabaseMove, hasSecretFile: boolean): string {
  const { outcome, source, target, durationMs } = move;
  const seconds = toSeconds(durationMs);
  const next = `set OTPOST_DATABASE_URL to it${hasSecretFile ? ' and OTPOST_SECRET to what the secret file holds' : ''}, and start`;
  switch (outcome) {
    case 'done-before':
      return `${source} was moved to ${target} before; nothing was done`;
    case 'ahead':
      return `${toTable(move.tables)}\n\ncopied to ${target} in ${seconds} s; ${source} is still in use: stop the server and run it without --ahead`;
    case 'unequal':
      return `${toTable(move.tables)}\n\nNOT EQUAL, so nothing was changed over: ${source} is still the one in use. Look for what else writes to ${target}, and run it again.`;
    case 'moved':
      return `${toTable(move.tables)}\n\nmoved to ${target} in ${seconds} s, every row equal; ${next}`;
  }
}

function toTable(tables: readonly TableReport[]): string {
  const heads = ['table', 'rows', 'written', 'removed', 'MB', 's', 'checksum', ''];
  const rows = tables.map((each) => [
    each.table,
    String(each.rows),
    String(each.written),
    String(each.removed),
    (each.bytes / 1e6).toFixed(1),
    toSeconds(each.durationMs),
    each.checksum.slice(0, CHECKSUM_CHARACTERS),
    each.isEqual === undefined ? '' : each.isEqual ? 'equal' : 'NOT EQUAL',
  ]);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isText = (column: number) => column === 0 || column >= 6;
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [heads, ...rows].map(line).join('\n');
}

function toSeconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
