/** The whole product in a folder of its own, on a port of its own, with what it printed at hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFINITIONS } from '../../src/app/load-app-config.ts';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/env.ts';
import { type CapturingLogger, createCapturingLogger } from './capturing-logger.ts';

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly url: string;
  readonly logger: CapturingLogger;
  /** What was printed for people. */
  readonly said: readonly string[];
}

export interface TestAppOptions {
  readonly folder: string;
  readonly env?: Environment;
  /** The text of otpost.yaml. */
  readonly yaml?: string;
  readonly overrides?: Partial<AppOptions>;
}

export function makeTestFolder(): string {
  return mkdtempSync(join(tmpdir(), 'otpost-app-'));
}

export function removeTestFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export async function openTestApp({ folder, env = {}, yaml, overrides }: TestAppOptions): Promise<TestApp> {
  const config = loadConfig({ OTPOST_DATA: folder, OTPOST_PORT: '0', ...env }, () => yaml, DEFINITIONS);
  const logger = createCapturingLogger();
  const said: string[] = [];
  const app = await createApp(config, { logger, say: (text) => said.push(text), ...overrides });
  const url = await app.start();
  return { app, url, logger, said, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}
