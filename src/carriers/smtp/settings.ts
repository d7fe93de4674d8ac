/** Settings of kind `smtp`. */
import { createPrivateKey } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { parseMailbox } from '../../core/mailbox.ts';
import type { SettingsFault } from '../carrier-kind.ts';
import { TRAFFIC_PROPERTIES } from '../kit/settings.ts';

const CONNECTIONS_MAX = 50;
const TENANTS_MAX = 1_000;
const DOMAINS_MAX = 100;
const text = (description: string) => Type.String({ minLength: 1, description });

const { messagesPerSecond, timeoutSeconds } = TRAFFIC_PROPERTIES;

const DKIM = Type.Object(
  {
    domain: text('The signing domain, as in the DNS record.'),
    selector: text('The selector, as in the DNS record.'),
    privateKey: text('The private key, PEM.'),
  },
  { additionalProperties: false, description: 'Signs messages here, where the mail server does not.' },
);

export const SMTP_SETTINGS = Type.Object(
  {
    url: Type.String({
      pattern: '^smtps?://[^\\s/?#]+/?$',
      description: 'The mail server: `smtps://host` (port 465) or `smtp://host:587`.',
    }),
    user: Type.Optional(text('The name to log in with; it may stand in the URL instead.')),
    password: Type.Optional(text('The password to log in with; it may stand in the URL instead.')),
    requireTls: Type.Optional(
      Type.Boolean({
        description: 'Whether `smtp://` has to turn to TLS before anything is sent; true unless told.',
      }),
    ),
    ca: Type.Optional(text('Certificates to trust in place of the usual ones, PEM.')),
    name: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9.-]{1,253}$',
        description: 'How this server names itself in EHLO; the machine’s name unless told.',
      }),
    ),
    from: text('Sender of messages: `Acme <no-reply@acme.example>`.'),
    fromByTenant: Type.Optional(
      Type.Record(Type.String({ pattern: '^[0-9a-f-]{36}$' }), Type.String(), {
        maxProperties: TENANTS_MAX,
        description: 'Senders of single tenants, by the tenant’s id.',
      }),
    ),
    senderDomains: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z0-9.-]{1,253}$' }), {
        maxItems: DOMAINS_MAX,
        description: 'Domains that a message’s own sender may be of, besides that of `from`.',
      }),
    ),
    dkim: Type.Optional(DKIM),
    connections: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: CONNECTIONS_MAX,
        description: 'Connections to the mail server at most; 5 unless told.',
      }),
    ),
    messagesPerSecond,
    timeoutSeconds,
  },
  { additionalProperties: false },
);

export type SmtpSettings = Static<typeof SMTP_SETTINGS>;

export function findSmtpFaults(settings: SmtpSettings): readonly SettingsFault[] {
  const { url, user, password, from, fromByTenant = {}, dkim } = settings;
  const faults: SettingsFault[] = [];
  if (!URL.canParse(url)) faults.push({ path: 'url', problem: 'must be like smtps://host:465' });
  if ((user === undefined) !== (password === undefined)) {
    faults.push({ path: 'password', problem: 'goes with user' });
  }
  const notMailbox = 'must be like Acme <no-reply@acme.example>';
  if (parseMailbox(from) === undefined) faults.push({ path: 'from', problem: notMailbox });
  for (const [tenantId, mailbox] of Object.entries(fromByTenant)) {
    if (parseMailbox(mailbox) === undefined) {
      faults.push({ path: `fromByTenant.${tenantId}`, problem: notMailbox });
    }
  }
  if (dkim && !isPrivateKey(dkim.privateKey)) {
    faults.push({ path: 'dkim.privateKey', problem: 'is not a private key in PEM' });
  }
  return faults;
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === 'private';
  } catch {
    return false;
  }
}
