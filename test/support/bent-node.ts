/** A server process as an operator starts it, but with a clock that is off by `TEST_CLOCK_OFF_MS`: no setting does that. */
import { loadAppConfig } from '../../src/app/load-app-config.ts';
import { createApp } from '../../src/app.ts';
import { readEnvironment } from '../../src/config/env.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { systemClock } from '../../src/lib/time.ts';

const offMs = Number(process.env.TEST_CLOCK_OFF_MS ?? 0);
const config = loadAppConfig(readEnvironment());
const logger = createLogger({ level: config.logLevel, pretty: false });
const app = await createApp(config, { logger, clock: () => systemClock() + offMs });
await app.start();
process.once('SIGTERM', () => void app[Symbol.asyncDispose]());
