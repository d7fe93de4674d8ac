/** What a command has of the outside: its settings, where its words go, and how it ends. */
import type { Environment } from '../config/env.ts';
import { toVisibleText } from './visible-text.ts';

export interface CliIo {
  readonly env: Environment;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Set by a command that was understood and done, but whose answer is no. */
  exitCode: number;
}

export const EXIT_OK = 0;
/** The database or the engine refused, or a check failed. */
export const EXIT_REFUSED = 1;
/** The command line, the settings, the folder, the secret or the database are not as they should be. */
export const EXIT_FAULT = 2;

export interface JsonOption {
  readonly json?: boolean;
}

/** One line of JSON, or what a person reads. */
export function print(io: CliIo, { json }: JsonOption, value: object, text: string): void {
  const visible = text.split('\n').map(toVisibleText).join('\n');
  io.out(`${json ? JSON.stringify(value) : visible}\n`);
}
