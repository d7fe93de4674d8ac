/**
 * `validity_period` of a submit, written as the operator reads it. Never later than the message is of use: every cut is
 * towards the present.
 */
import { toIso } from '../../lib/time.ts';
import { toAbsoluteTime, toRelativeTime } from '../../smpp/time-format.ts';
import type { SmppSettings } from './settings.ts';

const QUARTER_HOUR_MS = 900_000;

/** Undefined where less than a second is left. */
export function validityPeriod(
  notAfterMs: number,
  nowMs: number,
  settings: Pick<SmppSettings, 'validitySecondsMax' | 'validityPeriod' | 'validityOffset'>,
): string | undefined {
  const { validitySecondsMax = Number.POSITIVE_INFINITY, validityOffset = '+00:00' } = settings;
  const leftMs = Math.min(notAfterMs - nowMs, validitySecondsMax * 1_000);
  if (leftMs < 1_000) return undefined;
  if (settings.validityPeriod !== 'absolute') return toRelativeTime(Math.floor(leftMs / 1_000));
  const quarterHours = toQuarterHours(validityOffset);
  return toAbsoluteTime(toIso(nowMs + leftMs + quarterHours * QUARTER_HOUR_MS), quarterHours);
}

/** @param offset `+05:30`, as the settings' schema lets in */
function toQuarterHours(offset: string): number {
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  return (hours * 4 + minutes / 15) * (offset.startsWith('-') ? -1 : 1);
}
