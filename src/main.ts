/** Signals, start, stop; nothing else. */
import { loadAppConfig } from './app/load-app-config.ts';
import { openTracing } from './app/open-tracing.ts';
import { describeStartupFault } from './app/startup-error.ts';
import { trimMemorySoon } from './app/trim-memory.ts';
import { createApp } from './app.ts';
import { readEnvironment } from './config/env.ts';
import { createLogger } from './lib/logger.ts';
import { createTelemetry } from './lib/telemetry.ts';
import { systemStopwatch } from './lib/time.ts';

/** For faults in what the operator gave: settings, port, folder, secret, database. */
export const EXIT_FAULT = 2;
const EXIT_FAILED = 1;
/** Everything has its own, shorter time to stop in; this is for what does not keep to it. */
const STOP_TIMEOUT_MS = 9_000;
/**
 * One press of Ctrl-C comes twice where a parent passes on what the terminal has sent to all, as npm and the shim do.
 * Shorter than a person's second thought, longer than a busy parent's way.
 */
const SAME_SIGNAL_MS = 200;

export interface ServeOptions {
  readonly pretty: boolean;
}

/** Runs until a signal. Faults of the start are told on standard error, and end the process with 2. */
export async function serve({ pretty }: ServeOptions): Promise<void> {
  const signal = nextSignal();
  try {
    const config = loadAppConfig(readEnvironment());
    const logger = createLogger({ level: config.logLevel, pretty });
    process.on('uncaughtException', (error) => {
      logger.fatal({ error }, 'uncaught');
      process.exit(EXIT_FAILED);
    });
    const tracing = await openTracing(config);
    const telemetry = createTelemetry({ processMetrics: true });
    const say = (text: string) => process.stdout.write(`\n${text}\n\n`);
    const app = await createApp(config, { logger, telemetry, tracing, say });
    try {
      await app.start();
      trimMemorySoon();
      const name = await signal;
      logger.info({ signal: name }, 'stopping');
    } finally {
      setTimeout(() => {
        logger.error({ afterMs: STOP_TIMEOUT_MS }, 'stopping took too long');
        process.exit(EXIT_FAILED);
      }, STOP_TIMEOUT_MS).unref();
      await app[Symbol.asyncDispose]();
    }
    logger.info({}, 'stopped');
  } catch (error) {
    const lines = describeStartupFault(error);
    if (!lines) throw error;
    for (const line of lines) process.stderr.write(`otpost: ${line}\n`);
    process.exitCode = EXIT_FAULT;
  }
}

/** Resolves at the first signal; a second one, later than an echo of it, ends the process at once. */
function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        const nowMs = systemStopwatch();
        firstAtMs ??= nowMs;
        if (nowMs - firstAtMs > SAME_SIGNAL_MS) process.exit(EXIT_FAILED);
        resolve(name);
      });
    }
  });
}

if (import.meta.main) await serve({ pretty: process.argv.includes('--pretty') });
