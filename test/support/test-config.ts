/** Configurations read from text, with every carrier kind, one more (`wire`) and two dialects; nothing is read from the disk. */
import assert from 'node:assert/strict';
import { Type } from 'typebox';
import { CARRIER_KINDS } from '../../src/carriers/registry.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { CarrierKindDefinition, ConfigDefinitions } from '../../src/config/definitions.ts';
import type { Environment } from '../../src/config/env.ts';
import { ConfigError } from '../../src/config/fault.ts';

const WIRE: CarrierKindDefinition = {
  kind: 'wire',
  settings: Type.Object(
    {
      host: Type.String({ minLength: 1 }),
      port: Type.Integer({ minimum: 1, maximum: 65_535 }),
      password: Type.Optional(Type.String()),
      tls: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  isSimulated: false,
  channels: () => ['sms'],
  findFaults: (settings) =>
    (settings as { readonly host: string }).host === 'nowhere'
      ? [{ path: 'host', problem: 'leads nowhere' }]
      : [],
};

const DEFINITIONS: ConfigDefinitions = {
  carrierKinds: [...CARRIER_KINDS, WIRE],
  dialects: [
    { name: 'native', title: 'Native', prefix: '/otp/v1' },
    { name: 'other', title: 'Other', prefix: '/other', callingCodes: ['1'] },
  ],
};

/** Reads the configuration from this text of the file and these variables. */
export const load = (yaml?: string, env: Environment = {}) =>
  loadConfig(env, (path) => (path === './otpost.yaml' ? yaml : undefined), DEFINITIONS);

/** What is wrong with it, each as `path: problem`; nothing where it can be used. */
export function faultsOf(yaml: string | undefined, env: Environment = {}): readonly string[] {
  try {
    load(yaml, env);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.faults.map(({ path, problem }) => `${path}: ${problem}`);
  }
  return [];
}
