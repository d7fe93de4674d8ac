/** A logger that remembers, for tests that look at what was logged. It redacts nothing, so a leak shows. */
import type { LogFields, Logger, LogMethod } from '../../src/lib/logger.ts';

export interface CapturedLine {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly message: string;
  readonly fields: LogFields;
}

export interface CapturingLogger extends Logger {
  readonly lines: readonly CapturedLine[];
}

export function createCapturingLogger(): CapturingLogger {
  const lines: CapturedLine[] = [];
  const createWith = (bindings: LogFields): Logger => {
    const at =
      (level: CapturedLine['level']): LogMethod =>
      (fields, message) =>
        lines.push({ level, message, fields: { ...bindings, ...fields } });
    return {
      trace: at('trace'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      fatal: at('fatal'),
      child: (fields) => createWith({ ...bindings, ...fields }),
    };
  };
  return { ...createWith({}), lines };
}
