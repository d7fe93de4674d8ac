/** Puts the settings together with what they are checked against: the kinds of carrier and the dialects of this program. */
import { readFileSync } from 'node:fs';
import { CARRIER_KINDS } from '../carriers/registry.ts';
import { type Config, loadConfig } from '../config/config.ts';
import type { ConfigDefinitions } from '../config/definitions.ts';
import type { Environment } from '../config/env.ts';
import { DIALECTS } from '../dialects/registry.ts';
import { systemCodeOf } from './startup-error.ts';

export const DEFINITIONS: ConfigDefinitions = { carrierKinds: CARRIER_KINDS, dialects: DIALECTS };

/** @throws ConfigError */
export function loadAppConfig(env: Environment): Config {
  return loadConfig(env, readIfThere, DEFINITIONS);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
