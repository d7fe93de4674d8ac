/** Kind `smtp` for the registry. */
import type { CarrierKind } from '../carrier-kind.ts';
import { findSmtpFaults, SMTP_SETTINGS } from './settings.ts';

export const SMTP_KIND: CarrierKind<typeof SMTP_SETTINGS> = {
  kind: 'smtp',
  settings: SMTP_SETTINGS,
  isSimulated: false,
  showsHealthAhead: false,
  channels: () => ['email'],
  findFaults: findSmtpFaults,
  create: async (id, settings, deps) => (await import('./smtp.ts')).createSmtp(id, settings, deps),
};
