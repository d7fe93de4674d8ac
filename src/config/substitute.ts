/**
 * Fills in `${ENV_NAME}` in values, so that secrets stay out of the config file. Keys are left alone, and what is
 * filled in is not looked at again. `$${` stands for `${` itself.
 */
import type { Environment } from './env.ts';
import { type Fault, toPath } from './fault.ts';

export interface Substituted {
  readonly value: unknown;
  /** JSON pointers of the values that came from the environment: text, whatever the setting wants. */
  readonly pointers: ReadonlySet<string>;
  readonly faults: readonly Fault[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Deeper than any setting; YAML that nests further is a mistake or an attack. */
const DEPTH_MAX = 32;

/** `${NAME}` in characters that mean nothing to YAML, which would read a brace within `{ … }` as its own. */
const PROTECTED = /\uE000\uE000(\w+)\uE001/g;

/** To be done to the text of a file before it is parsed; no line or column moves. */
export function protectReferences(text: string): string {
  return text.replace(/(?<!\$)\$\{([A-Za-z_]\w*)\}/g, '\uE000\uE000$1\uE001');
}

function restoreReferences(text: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: not a template, but what a file says
  return text.replace(PROTECTED, '${$1}');
}

export function substitute(value: unknown, env: Environment): Substituted {
  const pointers = new Set<string>();
  const faults: Fault[] = [];

  const walk = (node: unknown, segments: readonly (string | number)[]): unknown => {
    if (segments.length > DEPTH_MAX) {
      faults.push({ path: toPath(segments), problem: 'is nested too deeply' });
      return undefined;
    }
    if (typeof node === 'string') return fill(restoreReferences(node), segments);
    if (Array.isArray(node)) return node.map((entry, index) => walk(entry, [...segments, index]));
    if (node === null || typeof node !== 'object') return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, entry]) => {
        const name = restoreReferences(key);
        return [name, walk(entry, [...segments, name])];
      }),
    );
  };

  const fill = (text: string, segments: readonly (string | number)[]): string =>
    text.replace(REFERENCE, (reference, name: string | undefined) => {
      if (reference === '$${') return '${';
      const fault = faultOf(name, env);
      if (fault === undefined) {
        pointers.add(toPointer(segments));
        return env[name ?? ''] ?? '';
      }
      faults.push({ path: toPath(segments), problem: fault });
      return '';
    });

  return { value: walk(value, []), pointers, faults };
}

function faultOf(name: string | undefined, env: Environment): string | undefined {
  if (name === undefined || !NAME.test(name))
    return 'has "$" and "{" without a name and "}"; write "$$" before "{" for the characters themselves';
  return env[name] ? undefined : `needs the environment variable ${name}, which is not set`;
}

/** @see RFC 6901 */
export function toPointer(segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

export function fromPointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}
