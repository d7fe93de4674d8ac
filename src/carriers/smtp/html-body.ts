/**
 * The HTML form of a text: its paragraphs, and the code large and by itself, so that it is seen at once and selected by a
 * click. It loads nothing from anywhere, runs nothing, and says no word that the text does not.
 */
import { escapeXml } from '../../lib/xml.ts';

/** Languages of the built-in texts, and some more, that are written from right to left. */
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['ar', 'fa', 'he', 'ur']);

const PAGE_STYLE = 'margin:0;padding:0;background:#f4f4f5;color:#18181b';
const BOX_STYLE =
  'max-width:480px;margin:24px auto;padding:24px;background:#ffffff;border-radius:8px;' +
  'font:16px/1.5 -apple-system,"Segoe UI",Roboto,Arial,sans-serif';
const CODE_STYLE =
  'margin:16px 0;padding:12px 0;text-align:center;direction:ltr;' +
  'font:700 32px/1.2 ui-monospace,Menlo,Consolas,monospace;letter-spacing:4px;' +
  '-webkit-user-select:all;user-select:all';

export interface HtmlInput {
  readonly text: string;
  readonly subject: string;
  readonly code?: string | undefined;
  readonly locale?: string | undefined;
}

export function toHtml({ text, subject, code, locale = 'en' }: HtmlInput): string {
  const direction = RIGHT_TO_LEFT.has(locale.split('-')[0] ?? '') ? 'rtl' : 'ltr';
  const paragraphs = text
    .split(/\n{2,}/)
    .map((paragraph) => toParagraph(paragraph, code))
    .join('');
  return [
    `<!doctype html><html lang="${escapeXml(locale)}" dir="${direction}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light"><meta name="format-detection" content="telephone=no">',
    `<title>${escapeXml(subject)}</title></head>`,
    `<body style="${PAGE_STYLE}"><div style="${escapeXml(BOX_STYLE)}">${paragraphs}</div></body></html>`,
  ].join('');
}

function toParagraph(paragraph: string, code: string | undefined): string {
  const start = code === undefined ? -1 : positionOf(paragraph, code);
  if (code === undefined || start < 0) return toLines(paragraph);
  const shown = `<p style="${escapeXml(CODE_STYLE)}">${escapeXml(code)}</p>`;
  return toLines(paragraph.slice(0, start)) + shown + toLines(paragraph.slice(start + code.length));
}

/** Where the code stands by itself, and not as a part of a longer number. */
function positionOf(text: string, code: string): number {
  for (let at = text.indexOf(code); at >= 0; at = text.indexOf(code, at + 1)) {
    const around = `${text[at - 1] ?? ' '}${text[at + code.length] ?? ' '}`;
    if (!/[\p{L}\p{N}]/u.test(around)) return at;
  }
  return -1;
}

function toLines(text: string): string {
  const trimmed = text.trim();
  // What is left of a sentence behind its code, such as the full stop.
  if (!/[\p{L}\p{N}]/u.test(trimmed)) return '';
  return `<p style="margin:0 0 16px">${escapeXml(trimmed).replaceAll('\n', '<br>')}</p>`;
}
