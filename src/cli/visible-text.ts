/**
 * Text of others, for a terminal: what a peer or a message holds can neither move the cursor, nor colour the screen, nor
 * look like a line of ours. JSON output needs it not.
 */

/** Controls of both kinds (U+009B alone begins a sequence), line and paragraph separators, and what turns the reading direction round. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

export function toVisibleText(text: string): string {
  return text.replaceAll(UNSEEN, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
