/** Whether the handset, which asks nobody for credentials, can be reached from other machines. A proxy in front is not looked at. */
import { isIPv4 } from 'node:net';

export interface Exposure {
  readonly host: string;
  readonly carriers: readonly { readonly kind: string }[];
}

export function isHandsetExposed({ host, carriers }: Exposure): boolean {
  return carriers.some(({ kind }) => kind === 'handset') && !isLoopback(host);
}

/** The whole of 127.0.0.0/8 stays on the machine. */
function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || (isIPv4(host) && host.startsWith('127.'));
}
