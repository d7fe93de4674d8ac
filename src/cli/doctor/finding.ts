/** What an examination found: one line, and what to do about it. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly subject: string;
  readonly detail: string;
  /** What to do; absent where all is well. */
  readonly advice?: string;
}

export function ok(subject: string, detail: string): Finding {
  return { level: 'ok', subject, detail };
}

export function warn(subject: string, detail: string, advice: string): Finding {
  return { level: 'warn', subject, detail, advice };
}

export function fail(subject: string, detail: string, advice: string): Finding {
  return { level: 'fail', subject, detail, advice };
}
