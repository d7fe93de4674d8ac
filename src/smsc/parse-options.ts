/** Reads the simulator's settings as they are written on a command line. Each function throws a RangeError that says what was expected. */
import type { Delay, FailureRate } from './smsc-options.ts';

/** `250`, or `50-250` for a draw between the two. Milliseconds. */
export function parseDelay(text: string): Delay {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text);
  const [, min, max] = match ?? [];
  if (min === undefined || Number(max ?? min) < Number(min)) {
    throw new RangeError(`“${text}” is no delay: write milliseconds as 250 or 50-250`);
  }
  return max === undefined ? Number(min) : [Number(min), Number(max)];
}

/** `0x14:0.05` or `20:5%`: a command_status and its share of the submits. */
export function parseFailureRate(text: string): FailureRate {
  const match = /^(0x[0-9a-f]{1,8}|\d{1,9}):([0-9.]+%?)$/i.exec(text);
  const [, status, share] = match ?? [];
  if (status === undefined || share === undefined || Number(status) === 0) {
    throw new RangeError(`“${text}” is no failure: write status and share as 0x14:0.05`);
  }
  return { status: Number(status), rate: parseShare(share) };
}

/** `0.05` or `5%`. */
export function parseShare(text: string): number {
  const share = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() === '' || !(share >= 0 && share <= 1)) {
    throw new RangeError(`“${text}” is no share: write 0.05 or 5%`);
  }
  return share;
}

/** `system_id:password`. */
export function parseAccount(text: string): readonly [systemId: string, password: string] {
  const at = text.indexOf(':');
  if (at < 1) throw new RangeError('an account is written as SYSTEM_ID:PASSWORD');
  return [text.slice(0, at), text.slice(at + 1)];
}
