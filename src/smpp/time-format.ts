/**
 * Times as SMPP writes them (3.4 §7.1.1). The relative form needs no clock but the SMSC's own; the absolute one depends on clocks and
 * zones that two companies have to agree on. It knows no calendar: an absolute time comes as ISO text.
 */

const SECONDS_PER_DAY = 86_400;
/** The day field ends at a month, and months are of no fixed length: longer times are cut to this. */
const DAYS_MAX = 30;

/** `YYMMDDhhmmsstnnR`: that many seconds from the SMSC's now, at least one. */
export function toRelativeTime(seconds: number): string {
  const whole = Math.min(Math.max(1, Math.floor(seconds)), (DAYS_MAX + 1) * SECONDS_PER_DAY - 1);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = two(Math.floor(whole / SECONDS_PER_DAY));
  const hour = two(Math.floor((whole % SECONDS_PER_DAY) / 3600));
  const minute = two(Math.floor((whole % 3600) / 60));
  return `0000${day}${hour}${minute}${two(whole % 60)}000R`;
}

/**
 * `YYMMDDhhmmsstnnp`: an instant to the tenth of a second, cut and not rounded.
 *
 * @param localIso `2026-01-31T09:05:00.000…`, the local time of the zone
 * @param quarterHours how far that zone is ahead of UTC; the field ends at twelve hours either way
 */
export function toAbsoluteTime(localIso: string, quarterHours: number): string {
  const digits = localIso.replaceAll(/\D/g, '');
  const offset = String(Math.abs(quarterHours)).padStart(2, '0');
  return `${digits.slice(2, 15)}${offset}${quarterHours < 0 ? '-' : '+'}`;
}
