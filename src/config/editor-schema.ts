/** The JSON Schema of otpost.yaml for editors, made from the very definitions that the config is checked with. */
import { alarmsSchema } from './alarms-section.ts';
import { carriersSchema } from './carriers-section.ts';
import type { ConfigDefinitions } from './definitions.ts';
import { dialectsSchema } from './dialects-section.ts';
import { httpSchema } from './http-section.ts';
import { limitsSchema } from './limits-section.ts';
import { outboundSchema } from './outbound-section.ts';
import { policySchema } from './policy-section.ts';
import { pricesSchema } from './prices-section.ts';
import { retentionSchema } from './retention-section.ts';
import { routesSchema } from './routes-section.ts';
import { sendersSchema } from './senders-section.ts';
import { templatesSchema } from './templates-section.ts';
import { tenantsSchema } from './tenants-section.ts';

/** A whole value from the environment stands where a number or truth value is wanted. */
const FROM_ENVIRONMENT = { type: 'string', pattern: '^\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}$' };

export function makeEditorSchema({ carrierKinds, dialects }: ConfigDefinitions): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'otpost.yaml',
    type: 'object',
    additionalProperties: false,
    properties: {
      alarms: allowEnvironment(alarmsSchema),
      carriers: allowEnvironment(carriersSchema(carrierKinds)),
      dialects: allowEnvironment(dialectsSchema(dialects)),
      http: allowEnvironment(httpSchema),
      limits: allowEnvironment(limitsSchema),
      outbound: allowEnvironment(outboundSchema),
      policy: allowEnvironment(policySchema),
      prices: allowEnvironment(pricesSchema),
      retention: allowEnvironment(retentionSchema),
      routes: allowEnvironment(routesSchema),
      senders: allowEnvironment(sendersSchema),
      templates: allowEnvironment(templatesSchema),
      tenants: allowEnvironment(tenantsSchema(dialects)),
    },
  };
}

function allowEnvironment(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(allowEnvironment);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, allowEnvironment(value)]),
  );
  const { type, description } = inner;
  if (type !== 'integer' && type !== 'number' && type !== 'boolean') return inner;
  return { anyOf: [inner, FROM_ENVIRONMENT], ...(description !== undefined && { description }) };
}
