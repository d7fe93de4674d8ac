/** `carriers`: a map of names to a kind and its settings. Which kinds there are, and what each may say, comes from outside. */
import { type TSchema, Type } from 'typebox';
import type { MessageChannel } from '../core/channel.ts';
import type { CarrierKindDefinition } from './definitions.ts';
import { suggest } from './did-you-mean.ts';
import { type Fault, toPath } from './fault.ts';
import { findSchemaFaults } from './schema-faults.ts';
import type { SectionContext, SectionResult } from './section.ts';

export interface CarrierConfig {
  readonly id: string;
  readonly kind: string;
  /** As the kind's schema has it; without `kind`. */
  readonly settings: unknown;
  readonly channels: readonly MessageChannel[];
  readonly isSimulated: boolean;
}

/** It is a label of metrics, a part of receipt paths, and is stored with every message. */
const CARRIER_ID = /^[a-z][a-z0-9-]{0,31}$/;
const CARRIERS_MAX = 100;

/** Where no config file names a carrier: a phone on the screen. */
export const DEFAULT_CARRIERS = { phone: { kind: 'handset' } };

export function carriersSchema(kinds: readonly CarrierKindDefinition[]): TSchema {
  const entries = kinds.map(({ kind, settings }) => {
    const { properties, required = [], ...rest } = settings as unknown as SettingsSchema;
    const named = { kind: { const: kind }, ...properties };
    return { ...rest, type: 'object', properties: named, required: ['kind', ...required] };
  });
  return Type.Unsafe({
    type: 'object',
    description: 'What messages are sent through, by a name of your choice.',
    maxProperties: CARRIERS_MAX,
    propertyNames: { pattern: CARRIER_ID.source },
    additionalProperties: { anyOf: entries },
  });
}

interface SettingsSchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

export interface CarriersContext extends SectionContext {
  /** `http.publicUrl`, for kinds that have such a setting and carriers that do not use it. */
  readonly publicUrl?: string;
}

export function readCarriers(
  section: unknown,
  kinds: readonly CarrierKindDefinition[],
  context: CarriersContext,
): SectionResult<readonly CarrierConfig[]> {
  if (!isMap(section)) {
    return { value: [], faults: [{ path: 'carriers', problem: 'must be a map of names to carriers' }] };
  }
  const entries = Object.entries(section);
  if (entries.length > CARRIERS_MAX) {
    return {
      value: [],
      faults: [{ path: 'carriers', problem: `must have at most ${CARRIERS_MAX} carriers` }],
    };
  }
  const read = entries.map(([id, entry]) => readCarrier(id, entry, kinds, context));
  return { value: read.flatMap(({ value }) => value ?? []), faults: read.flatMap(({ faults }) => faults) };
}

function readCarrier(
  id: string,
  entry: unknown,
  kinds: readonly CarrierKindDefinition[],
  { fromEnvironment, publicUrl }: CarriersContext,
): SectionResult<CarrierConfig | undefined> {
  const path = (...last: readonly string[]) => toPath(['carriers', id, ...last]);
  const failed = (faults: readonly Fault[]) => ({ value: undefined, faults });
  const nameFaults = CARRIER_ID.test(id)
    ? []
    : [{ path: path(), problem: 'must be named with a-z, 0-9 and -, a letter first, at most 32 characters' }];
  if (!isMap(entry)) return failed([...nameFaults, { path: path(), problem: 'must be a map with a kind' }]);
  const { kind: kindName, ...given } = entry;
  const kind = kinds.find((known) => known.kind === kindName);
  if (!kind)
    return failed([...nameFaults, { path: path('kind'), problem: describeUnknownKind(kindName, kinds) }]);
  const isPublic = publicUrl !== undefined && 'publicUrl' in kind.settings.properties;
  const settings = { ...(isPublic && { publicUrl }), ...given };
  const faults = [
    ...nameFaults,
    ...findSchemaFaults(kind.settings, settings, { segments: ['carriers', id], fromEnvironment }),
  ];
  if (faults.length > 0) return failed(faults);
  const ownFaults = kind.findFaults?.(settings) ?? [];
  if (ownFaults.length > 0) {
    return failed(ownFaults.map((fault) => ({ ...fault, path: `${path()}.${fault.path}` })));
  }
  const { isSimulated } = kind;
  return {
    value: { id, kind: kind.kind, settings, channels: kind.channels(settings), isSimulated },
    faults: [],
  };
}

function describeUnknownKind(name: unknown, kinds: readonly CarrierKindDefinition[]): string {
  if (name === undefined) return 'is missing';
  const known = kinds.map(({ kind }) => kind);
  return `must be one of ${known.join(', ')}${typeof name === 'string' ? suggest(name, known) : ''}`;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
