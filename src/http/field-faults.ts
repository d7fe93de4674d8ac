/**
 * Reads a schema validator's findings as field faults. Names of fields come through, cut; values and patterns never do.
 */
import type { FieldFault } from './request-fault.ts';

/** What Ajv reports, as far as it is used; Fastify hands it on unchanged. */
export interface SchemaFinding {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** More than anybody repairs at once; a 64 KiB body could hold thousands. */
const FAULTS_MAX = 20;
/** Names of unknown fields are the caller's own text. */
const NAME_CHARACTERS_MAX = 64;
/** A name with as many digits as a phone number, or an @, is an address in the wrong place, and not repeated. */
const NAME_DIGITS_MAX = 6;

const PARTS: Readonly<Record<string, FieldFault['part']>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'headers',
};

/** @param context Fastify's name of the part: `body`, `querystring`, `params`, `headers` */
export function toFieldFaults(findings: readonly SchemaFinding[], context: string): readonly FieldFault[] {
  const part = PARTS[context] ?? 'body';
  return findings.slice(0, FAULTS_MAX).map((finding) => toFieldFault(finding, part));
}

function toFieldFault(finding: SchemaFinding, part: FieldFault['part']): FieldFault {
  const { keyword, params } = finding;
  const names = finding.instancePath.split('/').slice(1).map(unescapePointer);
  const at = (message: string, limit?: unknown): FieldFault => ({
    part,
    path: names.map(cut).join('.'),
    rule: keyword,
    ...(typeof limit === 'string' || typeof limit === 'number' ? { limit } : {}),
    message,
  });
  switch (keyword) {
    case 'required':
      names.push(String(params.missingProperty));
      return at('is required');
    case 'additionalProperties':
      names.push(String(params.additionalProperty));
      return at('is not a known field');
    case 'propertyNames':
      names.push(String(params.propertyName));
      return at('is not a usable name');
    case 'enum':
      return at(`must be one of: ${listOf(params.allowedValues)}`);
    case 'pattern':
      return at('has characters or a form that is not allowed');
    case 'type':
      return at(`must be ${listOf(params.type)}`, params.type);
    default:
      return at(finding.message ?? 'is not valid', params.limit ?? params.format);
  }
}

/** RFC 6901 §4. */
function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

function cut(name: string): string {
  if (name.includes('@') || name.replace(/\D/g, '').length > NAME_DIGITS_MAX) return '…';
  return name.length <= NAME_CHARACTERS_MAX ? name : `${name.slice(0, NAME_CHARACTERS_MAX)}…`;
}

function listOf(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}
