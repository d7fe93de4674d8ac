// biome-ignore-all lint/suspicious/noTemplateCurlyInString: YAML for the program to fill in
/** Every fault of a configuration, each with its path; what is right is told in config.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOf } from '../../test/support/test-config.ts';
import type { Environment } from './env.ts';

describe('a fault is told with its path, and all are told at once', () => {
  const table: readonly (readonly [
    name: string,
    yaml: string,
    env: Environment,
    faults: readonly RegExp[],
  ])[] = [
    [
      'unknown section',
      'carrier: {}',
      {},
      [/^carrier: is not a section of the config; did you mean "carriers"\?$/],
    ],
    ['not a map', '- a', {}, [/^otpost\.yaml: must be a map of alarms, carriers/]],
    ['broken YAML', 'carriers: [', {}, [/^\.\/otpost\.yaml:1:12: /]],
    ['a key twice', 'routes: []\nroutes: []', {}, [/^\.\/otpost\.yaml:2:1: Map keys must be unique$/]],
    ['two documents', 'routes: []\n---\nroutes: []', {}, [/more than one document/]],
    ['a tag of its own', 'http: !!js/function "x"', {}, [/Unresolved tag/]],
    [
      'anchors that multiply',
      `http:\n  - &a [x,x,x,x,x,x,x,x,x,x]\n  - &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n  - &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n  - [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]`,
      {},
      [/uses anchors too often/],
    ],
    [
      'unknown kind',
      'carriers: { a: { kind: handsett } }',
      {},
      [/^carriers\.a\.kind: must be one of handset, .*wire; did you mean "handset"\?$/],
    ],
    ['no kind', 'carriers: { a: {} }', {}, [/^carriers\.a\.kind: is missing$/]],
    ['bad name', 'carriers: { A_1: { kind: handset } }', {}, [/^carriers\.A_1: must be named/]],
    [
      'settings of a carrier',
      'carriers: { a: { kind: wire, hots: x, port: 99999, tls: 1 } }',
      {},
      [
        /^carriers\.a\.host: is missing$/,
        /^carriers\.a\.hots: is not a setting here; did you mean "host"\?$/,
        /^carriers\.a\.port: must be from 1 to 65535$/,
        /^carriers\.a\.tls: must be true or false$/,
      ],
    ],
    [
      'what only the kind knows',
      'carriers: { a: { kind: wire, host: nowhere, port: 1 } }',
      {},
      [/^carriers\.a\.host: leads nowhere$/],
    ],
    [
      'what a kind needs where there is a public URL',
      'http: { publicUrl: https://otp.example.com }\ncarriers: { a: { kind: infobip, baseUrl: https://x.api.infobip.com, apiKey: k, from: Acme } }',
      {},
      [/^carriers\.a\.receiptSecret: is required for receipts$/],
    ],
    [
      'unset variable',
      'carriers: { a: { kind: wire, host: "${HOST}", port: "${P}" } }',
      { HOST: '' },
      [
        /^carriers\.a\.host: needs the environment variable HOST, which is not set$/,
        /^carriers\.a\.port: needs the environment variable P, which is not set$/,
      ],
    ],
    [
      'text where a number belongs',
      'carriers: { a: { kind: wire, host: h, port: "${P}" } }',
      { P: '27x' },
      [/^carriers\.a\.port: must be a whole number from 1 to 65535$/],
    ],
    ['half a reference', 'http: { publicUrl: "${" }', {}, [/^http\.publicUrl: has /]],
    [
      'a route to nowhere',
      'routes: [{ channel: sms, carriers: [phnoe] }]',
      {},
      [/^routes\[0\]\.carriers\[0\]: names no carrier: there is no "phnoe"; did you mean "phone"\?$/],
    ],
    [
      'a carrier that lacks the channel',
      'carriers: { a: { kind: wire, host: h, port: 1 } }\nroutes: [{ channel: voice, carriers: [a] }]',
      {},
      [/^routes\[0\]\.carriers\[0\]: cannot send voice: "a" \(wire\) has sms$/],
    ],
    [
      'an empty route',
      'routes: [{ channel: sms, carriers: [] }]',
      {},
      [/^routes\[0\]\.carriers: must not be empty$/],
    ],
    [
      'a channel that there is not',
      'routes: [{ channel: fax, carriers: [phone] }]',
      {},
      [/^routes\[0\]\.channel: must be one of sms, voice, email$/],
    ],
    [
      'a prefix without a plus',
      'routes: [{ channel: sms, prefix: "91", carriers: [phone] }]',
      {},
      [/^routes\[0\]\.prefix: must be a \+ and digits/],
    ],
    [
      'a prefix for e-mail',
      'routes: [{ channel: email, prefix: "+91", carriers: [phone] }]',
      {},
      [/^routes\[0\]\.prefix: is for numbers/],
    ],
    [
      'a route twice',
      'routes: [{ channel: sms, carriers: [phone] }, { channel: sms, carriers: [phone] }]',
      {},
      [/^routes\[1\]: has the conditions of routes\[0\]$/],
    ],
    [
      'half a limit',
      'limits: { mine: { max: 3 } }',
      {},
      [/^limits\.mine\.subject: is missing/, /^limits\.mine\.windowSeconds: is missing/],
    ],
    [
      'prefix digits',
      'limits: { mine: { subject: prefix, max: 3, windowSeconds: 60 } }',
      {},
      [/^limits\.mine\.prefixDigits: is missing/],
    ],
    [
      'tenants that are none, and settings that they cannot have',
      'tenants: { acme: {}, "ops@acme.example": { limit: {} }, "Ops@Acme.example": {} }',
      {},
      [/^tenants\."ops@acme\.example"\.limit: is not a setting here; did you mean "limits"\?$/],
    ],
    [
      'senders that cannot stand where they are',
      `senders:
  - { channel: sms, sender: TwelveLetters }
  - { channel: voice, sender: Acme }
  - { channel: email, country: IN, sender: Acme }
  - { channel: sms, country: XX, sender: Acme }
tenants: { ops@acme.example: { senders: [{ channel: sms, sender: Acme }, { channel: sms, sender: Acme }] } }`,
      {},
      [
        /^senders\[0\]\.sender: must be a number, a short code/,
        /^senders\[1\]\.sender: must be a \+ and a number/,
        /^senders\[2\]\.sender: must be like Acme <no-reply/,
        /^senders\[2\]\.country: is for numbers/,
        /^senders\[3\]\.country: is no country/,
        /^tenants\."ops@acme\.example"\.senders\[1\]: is for what tenants\."ops@acme\.example"\.senders\[0\] is for$/,
      ],
    ],
    [
      'a policy out of bounds',
      'policy: { codeLength: 3, ttlSeconds: 604801, onPending: ask, callingCodes: ["+1"], refusedNumberTypes: [FAX], fallback: [{ channel: voice }] }',
      {},
      [
        /^policy\.codeLength: must be from 4 to 20$/,
        /^policy\.ttlSeconds: must be from 30 to 604800$/,
        /^policy\.onPending: must be one of resend-same-code/,
        /^policy\.callingCodes\[0\]: must be a calling code/,
        /^policy\.refusedNumberTypes\[0\]: must be one of/,
        /^policy\.fallback\[0\]\.afterSeconds: is missing$/,
      ],
    ],
    [
      'a fallback without a route',
      `carriers: { main: { kind: wire, host: h, port: 1 } }
policy: { fallback: [{ channel: sms, afterSeconds: 30 }, { channel: voice, afterSeconds: 30 }] }
tenants: { ops@acme.example: { policy: { fallback: [{ channel: email, afterSeconds: 30 }] } } }`,
      {},
      [
        /^policy\.fallback\[1\]\.channel: has no route: no carrier can send voice$/,
        /^tenants\."ops@acme\.example"\.policy\.fallback\[0\]\.channel: has no route/,
      ],
    ],
    [
      'countries of a dialect that serves all, for a tenant',
      'tenants: { ops@acme.example: { dialects: { native: { callingCodes: ["1"] } } } }',
      {},
      [/^tenants\."ops@acme\.example"\.dialects\.native: is not a setting here/],
    ],
    [
      'templates that cannot be used, with each fault',
      `templates:
  login: { bodies: { en: "Hello", xx-: "{{code}}", de: "{{code}} {{cde}}" }, defaultLocale: fr, subject: "{{code}}" }
  "a b": { bodies: { en: "{{code}}" }, defaultLocale: en, isDefault: true }
  c: { bodies: {}, defaultLocale: en, isDefault: true }
tenants: { ops@acme.example: { templates: { x: { bodies: { en: "@a.example #{{code}}" }, defaultLocale: en } } } }`,
      {},
      [
        /^templates\.login\.bodies\.en: cannot be used: missing-code at 5 \(it does not hold \{\{code\}\}\)$/,
        /^templates\.login\.bodies\.xx-: is not a language tag$/,
        /^templates\.login\.bodies\.de: cannot be used: unknown-variable at 9 \(the variables are .+\)$/,
        /^templates\.login\.defaultLocale: is not among the languages of the bodies$/,
        /^templates\.login\.subject: cannot be used: code-in-subject at 0 \(.+\)$/,
        /^templates\."a b": must have 1 to 64 of the characters/,
        /^templates\.c\.bodies: must be 1 to 50 texts by language$/,
        /^templates\.c\.defaultLocale: is not among/,
        /^templates\.c\.isDefault: is what "a b" is already$/,
        /^tenants\."ops@acme\.example"\.templates\.x\.bodies\.en: cannot be used: forged-code-line at 0 \(.+\)$/,
      ],
    ],
    [
      'a tenant with no name, and one twice',
      'tenants: { acme: {}, "ops@acme.example": {}, "Ops@Acme.example": { limits: { mine: { subject: tenant } } } }',
      {},
      [
        /^tenants\.acme: must be the id or the e-mail address of a tenant$/,
        /^tenants\."Ops@Acme\.example": is there twice$/,
        /^tenants\."Ops@Acme\.example"\.limits\.mine\.max: is missing/,
        /^tenants\."Ops@Acme\.example"\.limits\.mine\.windowSeconds: is missing/,
      ],
    ],
    [
      'an unknown dialect',
      'dialects: { nativ: {} }',
      {},
      [/^dialects\.nativ: is not a setting here; did you mean "native"\?$/],
    ],
    [
      'two dialects in one place',
      'dialects: { other: { prefix: /otp/v1 } }',
      {},
      [/^dialects\.other\.prefix: is where native is served/],
    ],
    [
      'a dialect in the way',
      'dialects: { other: { prefix: /docs/x } }',
      {},
      [/^dialects\.other\.prefix: is where the server itself answers$/],
    ],
    [
      'a bad prefix',
      'dialects: { other: { prefix: other/ } }',
      {},
      [/^dialects\.other\.prefix: must be a path/],
    ],
    [
      'countries of a dialect that serves all',
      'dialects: { native: { callingCodes: ["1"] } }',
      {},
      [/^dialects\.native\.callingCodes: is not a setting here/],
    ],
    [
      'a calling code with a plus',
      'dialects: { other: { callingCodes: ["+44"] } }',
      {},
      [/^dialects\.other\.callingCodes\[0\]: must be a calling code such as "44"$/],
    ],
    [
      'a bad range',
      'http: { trustedProxies: [10.0.0.0/33] }\noutbound: { allowRanges: [x] }',
      {},
      [/^http\.trustedProxies\[0\]: must be an address/, /^outbound\.allowRanges\[0\]: must be an address/],
    ],
    ['a bad URL', 'http: { publicUrl: "otp.example.com" }', {}, [/^http\.publicUrl: must be like https/]],
    [
      'retention',
      'retention: { finishedDays: 0 }',
      {},
      [/^retention\.finishedDays: must be from 1 to 3650$/],
    ],
    [
      'a price too fine',
      'prices: { currency: EUR, default: 0.0000001 }',
      {},
      [/^prices\.default: must be an amount from 0 to 1000 with at most six decimal places/],
    ],
    [
      'prices and costs that are no amounts',
      `prices: { currency: EUR, default: "1000.5", rates: [{ channel: sms, price: -1 }] }
routes: [{ channel: sms, carriers: [{ name: phone, cost: "0,0042" }] }]`,
      {},
      [
        /^routes\[0\]\.carriers\[0\]: must be the name of a carrier, or/,
        /^prices\.rates\[0\]\.price: must be an amount/,
      ],
    ],
    [
      'prices and costs that are too fine or too high',
      `prices: { currency: EUR, default: "1000.5" }
routes: [{ channel: sms, carriers: [{ name: phone, cost: 0.0000001 }] }]`,
      {},
      [/^routes\[0\]\.carriers\[0\]\.cost: must be an amount/, /^prices\.default: must be an amount/],
    ],
    [
      'half a price list',
      'prices: { currency: euro }',
      {},
      [/^prices\.default: is missing$/, /^prices\.currency: must be three capital/],
    ],
    ['a port', '', { OTPOST_PORT: '70000' }, [/^OTPOST_PORT: must be a whole number from 0 to 65535$/]],
    [
      'a port of Kubernetes',
      '',
      { OTPOST_PORT: 'tcp://10.0.0.1:6877' },
      [/^OTPOST_PORT: .*enableServiceLinks: false/],
    ],
    ['a role', '', { OTPOST_ROLE: 'api,wroker' }, [/^OTPOST_ROLE: must be api, worker, or api,worker$/]],
    [
      'a level',
      '',
      { OTPOST_LOG_LEVEL: 'inf' },
      [/^OTPOST_LOG_LEVEL: must be one of trace.*did you mean "info"\?$/],
    ],
    ['demo', '', { OTPOST_DEMO: 'yes' }, [/^OTPOST_DEMO: must be one of auto, off$/]],
    ['a host', '', { OTPOST_HOST: 'http://x' }, [/^OTPOST_HOST: must be an address/]],
    [
      'a database that is none of ours',
      '',
      { OTPOST_DATABASE_URL: 'mysql://u:secret@h/d', OTPOST_SECRET: 'x'.repeat(32) },
      [/^OTPOST_DATABASE_URL: must be a postgres:\/\/ URL/],
    ],
    [
      'a shared database without a shared secret',
      '',
      { OTPOST_DATABASE_URL: 'postgres://u:secret@h/d' },
      [/^OTPOST_SECRET: must be set with OTPOST_DATABASE_URL/],
    ],
    [
      'a file that is not there',
      '',
      { OTPOST_CONFIG: 'no.yaml' },
      [/^OTPOST_CONFIG: names no\.yaml, which is not there$/],
    ],
    [
      'faults of every part together',
      'carriers: { a: { kind: b } }\nroutes: [{ channel: x, carriers: [a] }]\nretention: { finishedDays: x }',
      { OTPOST_PORT: 'x' },
      [/^OTPOST_PORT/, /^carriers\.a\.kind/, /^routes\[0\]\.channel/, /^retention\.finishedDays/],
    ],
  ];
  for (const [name, yaml, env, expected] of table) {
    it(name, () => {
      const faults = faultsOf(yaml, env);
      assert.equal(faults.length, expected.length, faults.join('\n'));
      for (const [index, pattern] of expected.entries()) assert.match(faults[index] ?? '', pattern);
    });
  }

  it('and never with a value that may be a secret', () => {
    const faults = faultsOf(
      'carriers: { a: { kind: wire, host: h, port: hunter2, password: [hunter2] } }\nx: hunter2',
      {
        OTPOST_DATABASE_URL: 'postgres://u:hunter2@h/d',
        OTPOST_HOST: 'hunter2 hunter2',
      },
    );
    assert.equal(faults.length, 5);
    assert.doesNotMatch(faults.join('\n'), /hunter2/);
  });
});
