/** How addresses and times read on the page. Pure; no DOM. */

/** North American numbers in their usual groups; others as they are, because grouping differs by country. */
export function formatAddress(address) {
  const northAmerican = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(address);
  return northAmerican ? `+1 ${northAmerican.slice(1).join(' ')}` : address;
}

export function isMailbox(address) {
  return address.includes('@');
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const clockTime = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const fullTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

export function formatRelative(date, now) {
  const seconds = Math.max(0, Math.round((now - date) / 1000));
  if (seconds < 10) return 'just now';
  if (seconds < MINUTE_S) return relative.format(-seconds, 'second');
  if (seconds < HOUR_S) return relative.format(-Math.floor(seconds / MINUTE_S), 'minute');
  if (seconds < DAY_S) return relative.format(-Math.floor(seconds / HOUR_S), 'hour');
  return relative.format(-Math.floor(seconds / DAY_S), 'day');
}

export function formatClock(date) {
  return clockTime.format(date);
}

export function formatFull(date) {
  return fullTime.format(date);
}

/** Text of one line, for a preview. */
export function toPreview(message) {
  const text = message.channel === 'email' && message.subject ? message.subject : message.body;
  return text.replace(/\s+/g, ' ').trim();
}

/** `4 8 3 9 2 0`, so that a screen reader spells a code out. */
export function spellOut(code) {
  return [...code].join(' ');
}
