/** Checks a value against a schema and says each fault in words and by path; reads numbers that came from the environment. */
import type { TSchema } from 'typebox';
import { Errors } from 'typebox/schema';
import { suggest } from './did-you-mean.ts';
import { type Fault, toPath } from './fault.ts';
import { fromPointer, toPointer } from './substitute.ts';

type ValidationError = ReturnType<typeof Errors>[1][number];
/** As much of a JSON Schema as the words below look at. */
interface SchemaFacts {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly type?: string;
  /** What to say when the pattern does not match; editors know this word too. */
  readonly patternErrorMessage?: string;
}

export interface Place {
  /** Where the value stands in the config. */
  readonly segments: readonly (string | number)[];
  /** Pointers from the root to values that came from the environment. */
  readonly fromEnvironment: ReadonlySet<string>;
}

/** Every fault. Text from the environment is replaced within `value` where the setting wants a number or truth value. */
export function findSchemaFaults(schema: TSchema, value: unknown, place: Place): readonly Fault[] {
  let [, errors] = Errors(schema as object, value);
  const wasRead = errors.filter((error) => readTyped(error, value, place));
  if (wasRead.length > 0) [, errors] = Errors(schema as object, value);
  const unions = errors
    .filter(({ keyword }) => keyword === 'anyOf')
    .map(({ schemaPath }) => `${schemaPath}/anyOf/`);
  return errors
    .filter(
      ({ schemaPath, keyword }) =>
        keyword !== 'boolean' && !unions.some((union) => schemaPath.startsWith(union)),
    )
    .flatMap((error) => toFaults(error, schema, place, value));
}

function toFaults(error: ValidationError, schema: TSchema, place: Place, value: unknown): readonly Fault[] {
  const inner = segmentsOf(error.instancePath, value);
  const path = (...last: readonly string[]) => toPath([...place.segments, ...inner, ...last]);
  const facts = factsAt(schema, error.schemaPath);
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'required':
      return namesIn(params.requiredProperties).map((name) => ({ path: path(name), problem: 'is missing' }));
    case 'additionalProperties': {
      const known = Object.keys(facts.properties ?? {});
      return namesIn(params.additionalProperties).map((name) => ({
        path: path(name),
        problem: `is not a setting here${suggest(name, known)}`,
      }));
    }
    default:
      return [{ path: path(), problem: toWords(error.keyword, params, facts) ?? error.message }];
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  integer: 'must be a whole number',
  number: 'must be a number',
  boolean: 'must be true or false',
  string: 'must be text (in quotation marks where it looks like a number)',
  array: 'must be a list',
  object: 'must be a map of settings',
};

function toWords(
  keyword: string,
  params: Readonly<Record<string, unknown>>,
  facts: SchemaFacts,
): string | undefined {
  const { minimum, maximum } = facts;
  const range = minimum !== undefined && maximum !== undefined ? ` from ${minimum} to ${maximum}` : '';
  switch (keyword) {
    case 'type':
      return `${TYPE_WORDS[String(params.type)] ?? `must be ${params.type}`}${range}`;
    case 'minimum':
    case 'maximum':
      if (range !== '') return `must be${range}`;
      return keyword === 'minimum' ? `must be at least ${minimum}` : `must be at most ${maximum}`;
    case 'pattern':
      return facts.patternErrorMessage ?? 'has the wrong form';
    case 'enum':
      return `must be one of ${namesIn(params.allowedValues).join(', ')}`;
    case 'const':
      return `must be ${params.allowedValue}`;
    case 'minItems':
    case 'minLength':
      return Number(params.limit) === 1
        ? 'must not be empty'
        : `must have at least ${params.limit} ${unit(keyword)}`;
    case 'maxItems':
    case 'maxLength':
      return `must have at most ${params.limit} ${unit(keyword)}`;
    case 'uniqueItems':
      return 'names something twice';
    case 'anyOf':
      return facts.patternErrorMessage ?? 'has none of the forms that it may have';
    default:
      return undefined;
  }
}

function unit(keyword: string): string {
  return keyword.endsWith('Items') ? 'entries' : 'characters';
}

function namesIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

/** The schema at a path that `Errors` gave: the steps of a JSON pointer behind `#`. */
function factsAt(schema: TSchema, schemaPath: string): SchemaFacts {
  let node: unknown = schema;
  for (const step of fromPointer(schemaPath.slice(1)))
    node = (node as Readonly<Record<string, unknown>>)?.[step];
  return (node ?? {}) as SchemaFacts;
}

function segmentsOf(instancePath: string, value: unknown): readonly (string | number)[] {
  let node: unknown = value;
  return fromPointer(instancePath).map((segment) => {
    const isIndex = Array.isArray(node);
    node = (node as Readonly<Record<string, unknown>> | undefined)?.[segment];
    return isIndex ? Number(segment) : segment;
  });
}

/** Replaces the text of a variable by the number or truth value that the setting wants. @returns whether it did */
function readTyped(error: ValidationError, value: unknown, { segments, fromEnvironment }: Place): boolean {
  if (error.keyword !== 'type') return false;
  const inner = fromPointer(error.instancePath);
  if (!fromEnvironment.has(toPointer([...segments, ...inner]))) return false;
  const name = inner.at(-1);
  if (name === undefined) return false;
  let holder = value as Record<string, unknown>;
  for (const step of inner.slice(0, -1)) holder = holder[step] as Record<string, unknown>;
  const typed = toTyped(String(holder[name]), (error.params as { readonly type?: unknown }).type);
  if (typed === undefined) return false;
  holder[name] = typed;
  return true;
}

function toTyped(text: string, type: unknown): number | boolean | undefined {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (type !== 'integer' && type !== 'number') return undefined;
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}
