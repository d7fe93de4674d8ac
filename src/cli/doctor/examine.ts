/** The whole examination, in the order in which one thing needs another. */
import { loadAppConfig } from '../../app/load-app-config.ts';
import type { Config } from '../../config/config.ts';
import type { Environment } from '../../config/env.ts';
import { ConfigError } from '../../config/fault.ts';
import { examineCarriers } from './carriers.ts';
import { examineDatabase } from './database.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { examineFolder } from './folder.ts';
import { examineServer } from './server.ts';

export async function examine(env: Environment): Promise<readonly Finding[]> {
  let config: Config;
  try {
    config = loadAppConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ path, problem }) => fail('settings', `${path}: ${problem}`, 'correct it'));
  }
  const settings = ok('settings', config.file === undefined ? 'no config file; defaults' : config.file);
  const warnings = config.warnings.map((warning) => warn('settings', warning, 'correct or remove it'));
  const folder = examineFolder(config.dataFolder);
  const isUsable = folder.every(({ level, subject }) => level !== 'fail' || subject !== 'data folder');
  const database = isUsable ? await examineDatabase(config) : [];
  const server = await examineServer(config);
  const carriers = server.isRunning ? [] : await examineCarriers(config);
  return [settings, ...warnings, ...folder, ...database, ...server.findings, ...carriers];
}
