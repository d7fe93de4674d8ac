/** The form of a date that HTTP headers carry. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
export function toHttpDate(epochMs: number): string {
  return new Date(epochMs).toUTCString();
}
