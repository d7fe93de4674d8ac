/** Recognises addresses and CIDR ranges in settings. */
import { isIP } from 'node:net';

/** `10.0.0.0/8`, `::1`, … */
export function isIpRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
