// biome-ignore-all lint/suspicious/noTemplateCurlyInString: YAML for the program to fill in
/** What a configuration means: the file, the environment, what is said for a tenant, and what holds where nothing is said. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { load } from '../../test/support/test-config.ts';
import { DEFAULT_LIMITS } from '../core/rate-limit.ts';
import { senderFor } from '../core/sender.ts';
import { createSettingsOf } from '../core/tenant-settings.ts';

describe('without a config file', () => {
  it('there is a handset for every channel, and the built-in limits', () => {
    const config = load();
    assert.deepEqual(
      config.carriers.map(({ id, kind }) => [id, kind]),
      [['phone', 'handset']],
    );
    assert.deepEqual(config.routes, [
      { channel: 'sms', carriers: [{ id: 'phone' }] },
      { channel: 'voice', carriers: [{ id: 'phone' }] },
      { channel: 'email', carriers: [{ id: 'phone' }] },
    ]);
    assert.deepEqual(config.settings.usual.limits, DEFAULT_LIMITS);
    assert.equal(config.namesCarriers, false);
    assert.deepEqual([config.host, config.port, config.dataFolder], ['127.0.0.1', 6877, './data']);
    assert.deepEqual([config.roles, config.demo], [{ api: true, worker: true }, 'auto']);
  });

  it('what is loaded cannot be changed', () => {
    assert.throws(() => Object.assign(load().roles, { api: false }), TypeError);
  });
});

describe('a config file', () => {
  it('is read with its carriers, routes, limits and places', () => {
    const config = load(
      `
carriers:
  main: { kind: wire, host: smsc.example.net, port: 2775, password: \${WIRE_PASSWORD} }
  phone: { kind: handset, receiptDelayMs: 0 }
routes:
  - { channel: sms, prefix: "+91", carriers: [main, phone] }
  - { channel: voice, carriers: [phone] }
limits:
  sends-per-recipient-day: { enabled: false }
  sends-per-recipient-10m: { max: 3 }
  sends-per-tenant-day: { subject: tenant, max: 10000, windowSeconds: 86400 }
dialects: { other: { enabled: false, callingCodes: ["1", "44"] } }
prices: { currency: EUR, default: 0.05, rates: [{ channel: sms, prefix: "+91", price: 0.0045 }] }
http: { trustedProxies: [10.0.0.0/8, "::1"], publicUrl: https://otp.example.com }
retention:
`,
      { WIRE_PASSWORD: '0123' },
    );
    assert.deepEqual(config.carriers[0]?.settings, {
      host: 'smsc.example.net',
      port: 2775,
      password: '0123',
    });
    assert.deepEqual(config.routes[0], {
      channel: 'sms',
      prefix: '+91',
      carriers: [{ id: 'main' }, { id: 'phone' }],
    });
    assert.deepEqual(config.settings.usual.limits, [
      { name: 'sends-per-recipient-10m', subject: 'recipient', max: 3, windowSeconds: 600 },
      { name: 'sends-per-tenant-day', subject: 'tenant', max: 10_000, windowSeconds: 86_400 },
    ]);
    assert.deepEqual(config.prices, {
      currency: 'EUR',
      defaultMicros: 50_000,
      rates: [{ channel: 'sms', prefix: '+91', micros: 4500 }],
    });
    assert.equal(config.namesCarriers, true);
    assert.deepEqual(config.dialects.other, { enabled: false, callingCodes: ['1', '44'] });
  });

  it('without a route for a channel uses every real carrier that has it; a live message needs a route to a handset', () => {
    const carriers =
      'carriers: { phone: { kind: handset }, a: { kind: wire, host: a, port: 1 }, b: { kind: wire, host: b, port: 1 } }';
    assert.deepEqual(load(carriers).routes, [{ channel: 'sms', carriers: [{ id: 'a' }, { id: 'b' }] }]);
    assert.deepEqual(load(`${carriers}\nroutes: [{ channel: voice, carriers: [phone] }]`).routes, [
      { channel: 'voice', carriers: [{ id: 'phone' }] },
      { channel: 'sms', carriers: [{ id: 'a' }, { id: 'b' }] },
    ]);
    const prefixed = load(`${carriers}\nroutes: [{ channel: sms, prefix: "+91", carriers: [a] }]`).routes;
    assert.equal(prefixed.length, 1);
  });

  it('takes prices and costs as numbers and as decimal text, exactly', () => {
    const yaml = `
prices: { currency: EUR, default: "\${PRICE}", rates: [{ channel: sms, price: "0.000001" }, { channel: voice, price: 0.000003 }] }
routes: [{ channel: sms, choose: cheapest, carriers: [{ name: phone, cost: 0.0045 }] }, { channel: voice, carriers: [{ name: phone, cost: "0.0045" }] }]
`;
    const { prices, routes } = load(yaml, { PRICE: '0.05' });
    assert.deepEqual([prices.defaultMicros, ...prices.rates.map(({ micros }) => micros)], [50_000, 1, 3]);
    assert.deepEqual(
      routes.slice(0, 2).map(({ carriers }) => carriers[0]?.costMicros),
      [4_500, 4_500],
    );
  });

  it('gives carriers the public URL for their receipts, where they do not name one of their own', () => {
    const twilio = 'kind: twilio, accountSid: AC1, authToken: t, from: "+14155550100"';
    const { carriers } = load(`
http: { publicUrl: https://otp.example.com }
carriers:
  a: { ${twilio} }
  b: { ${twilio}, publicUrl: https://receipts.example.com/otp }
  c: { kind: wire, host: h, port: 1 }
`);
    assert.deepEqual(
      carriers.map(({ settings }) => (settings as { readonly publicUrl?: string }).publicUrl),
      ['https://otp.example.com', 'https://receipts.example.com/otp', undefined],
    );
  });

  it('may take numbers and truth values from the environment; quoted text stays as it is', () => {
    const { carriers } = load(
      'carriers: { main: { kind: wire, host: "$${HOST}", port: "${PORT}", tls: "${TLS}" } }',
      { PORT: '2775', TLS: 'true' },
    );
    assert.deepEqual(carriers[0]?.settings, { host: '${HOST}', port: 2775, tls: true });
  });
});

describe('what the file says for a tenant', () => {
  const ownOf = (yaml: string, email = 'ops@acme.example') =>
    createSettingsOf(load(yaml).settings)({ id: '018f3c2e-0000-7000-8000-000000000001', email });

  it('changes what holds for all, by id or by e-mail address in any letters', () => {
    const yaml = `
limits: { sends-per-recipient-10m: { max: 3 }, mine: { subject: tenant, max: 100, windowSeconds: 60 } }
tenants:
  Ops@Acme.example: { limits: { mine: { max: 500 }, sends-per-recipient-day: { enabled: false } } }
  018f3c2e-0000-7000-8000-000000000002: { limits: { mine: { enabled: false } } }
`;
    assert.deepEqual(
      ownOf(yaml).limits.map(({ name, max }) => [name, max]),
      [
        ['sends-per-recipient-10m', 3],
        ['mine', 500],
      ],
    );
    assert.deepEqual(
      ownOf(yaml, 'somebody@else.example').limits.map(({ name, max }) => [name, max]),
      [
        ['sends-per-recipient-10m', 3],
        ['sends-per-recipient-day', 20],
        ['mine', 100],
      ],
    );
    const { own } = load(yaml).settings;
    assert.equal(own['018f3c2e-0000-7000-8000-000000000002']?.limits.length, 2);
  });

  it('gives it senders before those of all', () => {
    const yaml = `
senders: [{ channel: sms, country: IN, sender: OTPIND }, { channel: sms, sender: Otpost }]
tenants: { ops@acme.example: { senders: [{ channel: sms, sender: Acme }] } }
`;
    assert.equal(senderFor(ownOf(yaml).senders, 'sms', 'IN'), 'Acme');
    assert.equal(senderFor(ownOf(yaml, 'somebody@else.example').senders, 'sms', 'IN'), 'OTPIND');
  });

  it('changes single numbers of the policy, and the countries of a dialect', () => {
    const yaml = `
policy: { codeLength: 8, fallback: [{ channel: voice, afterSeconds: 30 }] }
tenants: { ops@acme.example: { policy: { ttlSeconds: 120 }, dialects: { other: { callingCodes: ["44"] } } } }
`;
    const fallback = [{ channel: 'voice', afterSeconds: 30, isOptional: true }];
    assert.deepEqual(ownOf(yaml).policy, { codeLength: 8, fallback, ttlSeconds: 120 });
    assert.deepEqual(ownOf(yaml, 'somebody@else.example').policy, { codeLength: 8, fallback });
    assert.deepEqual(ownOf(yaml).callingCodes, { other: ['44'] });
  });

  it('gives it templates before those of all, and in place of those of the same name', () => {
    const yaml = `
templates:
  login: { bodies: { EN-us: "{{code}} logs in" }, defaultLocale: en-US, isDefault: true }
  pay: { bodies: { en: "{{code}} pays" }, defaultLocale: en }
tenants: { ops@acme.example: { templates: { pay: { bodies: { de: "{{code}} zahlt" }, defaultLocale: de } } } }
`;
    assert.deepEqual(
      ownOf(yaml).templates.map(({ name, bodies }) => [name, bodies]),
      [
        ['pay', { de: '{{code}} zahlt' }],
        ['login', { 'en-us': '{{code}} logs in' }],
      ],
    );
    const names = ownOf(yaml, 'somebody@else.example').templates.map(({ name }) => name);
    assert.deepEqual(names, ['login', 'pay']);
  });

  it('by id comes before what it says by e-mail address', () => {
    const yaml = `
tenants:
  ops@acme.example: { limits: { sends-per-recipient-10m: { max: 1 } } }
  018F3C2E-0000-7000-8000-000000000001: { limits: { sends-per-recipient-10m: { max: 2 } } }
`;
    assert.equal(ownOf(yaml).limits[0]?.max, 2);
  });
});

it('a variable that is probably misspelt is warned of, one of another program is not', () => {
  const { warnings } = load('', { OTPOST_PROT: '1', OTPOST_SERVICE_HOST: '10.0.0.1', OTPOST_PORT: '1' });
  assert.deepEqual(warnings, ['OTPOST_PROT is not a variable of this program; did you mean "OTPOST_PORT"?']);
});

it('a handset that other machines can reach is warned of', () => {
  const real = 'carriers: { mail: { kind: smtp, url: "smtps://mail.example", from: "a@acme.example" } }';
  const told = (yaml: string, host: string) => load(yaml, { OTPOST_HOST: host }).warnings.length > 0;
  for (const host of ['0.0.0.0', '::', '192.0.2.7', '127.example'])
    assert.deepEqual([told('', host), told(real, host)], [true, false], host);
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost'])
    assert.equal(told('', host), false, host);
});

it('an empty variable counts as absent', () => {
  assert.equal(load('', { OTPOST_PORT: '', OTPOST_SECRET: ' ' }).port, 6877);
});
