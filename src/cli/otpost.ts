/** The entry of the command line: this process's arguments, environment and streams. */
import { readEnvironment } from '../config/env.ts';
import { runCli } from './run-cli.ts';

// Whoever reads, such as `head`, may have enough.
process.stdout.on('error', () => process.exit(0));

const exitCode = await runCli(process.argv.slice(2), {
  env: readEnvironment(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
// Left as it is by a server, which says itself how it ended.
if (exitCode !== 0) process.exitCode = exitCode;
