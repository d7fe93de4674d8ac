/**
 * Reads a transcript: what a vendor's page prints, what is put in place of its credentials and placeholders, and what
 * must be answered. The format is described in README.md beside this file. It sends nothing.
 */
import assert from 'node:assert/strict';

export interface Transcript {
  readonly title: string;
  /** The page that prints it. */
  readonly source: string;
  readonly steps: readonly Step[];
}

export type Step =
  | {
      readonly kind: 'exchange';
      readonly form: 'curl' | 'http';
      /** The request as printed. */
      readonly printed: string;
      readonly replacements: readonly (readonly [printed: string, put: string])[];
      readonly status: number;
      readonly answer: string;
    }
  | { readonly kind: 'given' | 'then'; readonly words: readonly string[] };

interface Block {
  readonly words: readonly string[];
  readonly text: string;
}

const MARKER = /^=== (.+)$/;

export function parseTranscript(text: string): Transcript {
  const lines = text.split('\n');
  const [title = '', source = '', ...rest] = lines;
  assert.match(source, /^https:\/\//, 'the second line names the page');
  return { title, source, steps: toSteps(toBlocks(rest)) };
}

function toBlocks(lines: readonly string[]): readonly Block[] {
  const blocks: { words: readonly string[]; lines: string[] }[] = [];
  for (const line of lines) {
    const marker = MARKER.exec(line)?.[1];
    if (marker !== undefined) blocks.push({ words: marker.split(' '), lines: [] });
    else if (blocks.length > 0) blocks.at(-1)?.lines.push(line);
    else assert.equal(line, '', 'there is nothing between the head and the first block');
  }
  return blocks.map(({ words, lines: within }) => ({ words, text: within.join('\n').trimEnd() }));
}

function toSteps(blocks: readonly Block[]): readonly Step[] {
  const steps: Step[] = [];
  for (let index = 0; index < blocks.length; index += 1) {
    const block = blocks[index];
    const [kind, ...words] = block?.words ?? [];
    if (kind === 'given' || kind === 'then') {
      steps.push({ kind, words });
      continue;
    }
    assert.equal(kind, 'request', `a block "${kind}" stands where a request should`);
    const hasWhere = blocks[index + 1]?.words[0] === 'where';
    const where = hasWhere ? blocks[index + 1] : undefined;
    const answer = blocks[index + (hasWhere ? 2 : 1)];
    assert.equal(answer?.words[0], 'answer', 'every request has its answer');
    steps.push({
      kind: 'exchange',
      form: words[0] === 'curl' ? 'curl' : 'http',
      printed: block?.text ?? '',
      replacements: where?.text.split('\n').filter(Boolean).map(toReplacement) ?? [],
      status: Number(answer?.words[1]),
      answer: answer?.text ?? '',
    });
    index += hasWhere ? 2 : 1;
  }
  return steps;
}

/** Nothing behind the arrow puts nothing there. */
function toReplacement(line: string): readonly [string, string] {
  const [, printed, put = ''] = /^(.+?) =>(?: (.*))?$/.exec(line) ?? [];
  assert.ok(printed, `not a replacement: ${line}`);
  return [printed, put];
}
