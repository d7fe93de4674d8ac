/** Text as the content or an attribute of XML and HTML. @see https://www.w3.org/TR/xml/#syntax */
export function escapeXml(text: string): string {
  return text.replaceAll(/[<>&"']/g, (character) => ENTITIES[character] ?? character);
}

/** The apostrophe as a number: HTML before its fifth version knows no name for it, and mail programs are old. */
const ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&#39;',
};
