/** Reads YAML 1.2 strictly: one document, text keys, no key twice, aliases bounded. It knows nothing of what it says. */
import { LineCounter, parseAllDocuments } from 'yaml';
import type { Fault } from './fault.ts';

/** A thousand carriers and routes are 200 kB. */
const CONFIG_BYTES_MAX = 1024 * 1024;
/** Uses of anchors; each use of a use counts, so that a few lines cannot become gigabytes. */
const ALIASES_MAX = 100;

/** One slip makes the parser stumble over much that follows it. */
const FAULTS_MAX = 3;

export type ParsedYaml =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** @param file how the file is called in faults. An empty file is `undefined`. */
export function parseYaml(text: string, file: string): ParsedYaml {
  if (Buffer.byteLength(text) > CONFIG_BYTES_MAX) return failed(file, 'is larger than a megabyte');
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    // Pretty errors quote the line, which may hold a password.
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: true,
  });
  if (documents.length === 0) return { ok: true, value: undefined };
  const [document, ...others] = documents as Exclude<typeof documents, { empty: true }>;
  if (!document || others.length > 0) return failed(file, 'holds more than one document');
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    return {
      ok: false,
      faults: problems.slice(0, FAULTS_MAX).map(({ pos, message }) => {
        const { line, col } = lines.linePos(pos[0]);
        return { path: `${file}:${line}:${col}`, problem: firstLine(message) };
      }),
    };
  }
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: ALIASES_MAX }) ?? undefined };
  } catch (error) {
    if (error instanceof ReferenceError)
      return failed(file, 'uses anchors too often, or one that is not there');
    throw error;
  }
}

function failed(path: string, problem: string): ParsedYaml {
  return { ok: false, faults: [{ path, problem }] };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
