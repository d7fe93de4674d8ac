/** Why the program cannot begin, in lines that an operator can act on. Everything else that goes wrong is a mistake of ours. */
import { ConfigError } from '../config/fault.ts';
import { SecretFileError } from '../config/secret-file.ts';
import { StoreError } from '../store/store-error.ts';

export class StartupError extends Error {
  override readonly name = 'StartupError';
}

/** One line each, without the program's name; undefined for what is no fault of the operator's making. */
export function describeStartupFault(error: unknown): readonly string[] | undefined {
  if (error instanceof ConfigError) return error.faults.map(({ path, problem }) => `${path}: ${problem}`);
  const isKnown =
    error instanceof StartupError || error instanceof StoreError || error instanceof SecretFileError;
  return isKnown ? [error.message.replaceAll('\n', ' ')] : undefined;
}

/** The code of a system error, such as `EADDRINUSE`. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
