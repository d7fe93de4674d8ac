/**
 * Times as SMPP writes them (3.4 §7.1.1). Only the relative form: an absolute one depends on clocks and zones that two
 * companies would have to agree on.
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
