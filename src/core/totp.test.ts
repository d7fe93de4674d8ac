// Threats: a code used twice, a window wider than one step (SECURITY.md rule 6).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOTP, Secret, TOTP, URI } from 'otpauth';
import { DEFAULT_TOTP_FORM, hotp, matchTotp, otpauthUri, type TotpForm, totp, totpStepAt } from './totp.ts';

const ascii = (text: string) => Uint8Array.from(Buffer.from(text));
const DIGITS = '1234567890';
const secret = ascii(DIGITS.repeat(2));

describe('HOTP, RFC 4226 appendix D', () => {
  const codes = [
    '755224',
    '287082',
    '359152',
    '969429',
    '338314',
    '254676',
    '287922',
    '162583',
    '399871',
    '520489',
  ];
  codes.forEach((code, counter) => {
    it(`counter ${counter}`, () => assert.equal(hotp(secret, counter, DEFAULT_TOTP_FORM), code));
  });

  it('a counter that is no whole number, or negative, is a bug', () => {
    for (const counter of [-1, 1.5, Number.NaN, 2 ** 53]) {
      assert.throws(() => hotp(secret, counter, DEFAULT_TOTP_FORM), /bounds/);
    }
  });
});

describe('TOTP, RFC 6238 appendix B', () => {
  const secrets = {
    SHA1: secret,
    SHA256: ascii(DIGITS.repeat(4).slice(0, 32)),
    SHA512: ascii(DIGITS.repeat(7).slice(0, 64)),
  };
  const vectors: readonly [number, string, string, string][] = [
    [59, '94287082', '46119246', '90693936'],
    [1_111_111_109, '07081804', '68084774', '25091201'],
    [1_111_111_111, '14050471', '67062674', '99943326'],
    [1_234_567_890, '89005924', '91819424', '93441116'],
    [2_000_000_000, '69279037', '90698825', '38618901'],
    [20_000_000_000, '65353130', '77737706', '47863826'],
  ];
  for (const [seconds, ...codes] of vectors) {
    (['SHA1', 'SHA256', 'SHA512'] as const).forEach((algorithm, index) => {
      it(`${algorithm} at ${seconds}`, () => {
        const form: TotpForm = { algorithm, digits: 8, periodSeconds: 30 };
        assert.equal(totp(secrets[algorithm], seconds * 1000, form), codes[index]);
      });
    });
  }
});

describe('the otpauth package, as a second opinion', () => {
  it('makes the same codes for many secrets, counters and forms', () => {
    for (let round = 0; round < 60; round += 1) {
      const bytes = Uint8Array.from({ length: 10 + round }, (_, index) => (index * 37 + round * 101) & 0xff);
      const algorithm = (['SHA1', 'SHA256', 'SHA512'] as const)[round % 3] ?? 'SHA1';
      const digits = round % 2 === 0 ? 6 : 8;
      const periodSeconds = round % 5 === 0 ? 60 : 30;
      const counter = round ** 6;
      const other = new Secret({ buffer: bytes.slice().buffer });
      const form: TotpForm = { algorithm, digits, periodSeconds };
      assert.equal(
        hotp(bytes, counter, form),
        new HOTP({ secret: other, algorithm, digits }).generate({ counter }),
      );
      const nowMs = 1_700_000_000_123 + round * 12_345_678;
      const theirs = new TOTP({ secret: other, algorithm, digits, period: periodSeconds });
      assert.equal(totp(bytes, nowMs, form), theirs.generate({ timestamp: nowMs }));
    }
  });

  it('reads our URI as we meant it', () => {
    const uri = otpauthUri({ secret, issuer: 'Müller & Söhne: Shop', account: 'a+b@example.com' });
    const parsed = URI.parse(uri);
    assert.ok(parsed instanceof TOTP);
    assert.equal(parsed.issuer, 'Müller & Söhne  Shop');
    assert.equal(parsed.label, 'a+b@example.com');
    assert.equal(parsed.secret.base32, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    assert.deepEqual([parsed.algorithm, parsed.digits, parsed.period], ['SHA1', 6, 30]);
    assert.equal(parsed.generate({ timestamp: 59_000 }), totp(secret, 59_000));
  });

  it('reads the other forms too', () => {
    const form: TotpForm = { algorithm: 'SHA512', digits: 8, periodSeconds: 60 };
    const parsed = URI.parse(otpauthUri({ secret, issuer: 'Acme', account: 'x', form }));
    assert.ok(parsed instanceof TOTP);
    assert.deepEqual([parsed.algorithm, parsed.digits, parsed.period], ['SHA512', 8, 60]);
  });
});

describe('the URI', () => {
  it('has the label, the issuer twice, and spaces as %20', () => {
    assert.equal(
      otpauthUri({ secret: ascii('foobar'), issuer: 'Acme Co', account: 'ann@example.com' }),
      'otpauth://totp/Acme%20Co:ann%40example.com?secret=MZXW6YTBOI&issuer=Acme%20Co&algorithm=SHA1&digits=6&period=30',
    );
  });

  it('cannot be given further parameters through a name', () => {
    const uri = otpauthUri({ secret, issuer: 'x&secret=AAAA', account: '?digits=8#\ud83d' });
    assert.equal(new URL(uri).searchParams.getAll('secret').length, 1);
    assert.equal(new URL(uri).searchParams.get('digits'), '6');
    assert.equal(new URL(uri).hash, '');
  });

  it('without an issuer has no empty one', () => {
    assert.match(
      otpauthUri({ secret, issuer: '', account: 'x' }),
      /^otpauth:\/\/totp\/x\?secret=[A-Z2-7]+&algorithm/,
    );
  });
});

describe('a match', () => {
  const nowMs = 1_700_000_015_000;
  const now = totpStepAt(nowMs, 30);
  const at = (steps: number) => totp(secret, nowMs + steps * 30_000);
  const match = (code: string, lastUsedStep?: number) =>
    matchTotp({ secret, code, nowMs, ...(lastUsedStep !== undefined && { lastUsedStep }) })?.step;

  it('is found one step before and one after, not two', () => {
    assert.deepEqual(
      [-2, -1, 0, 1, 2].map((steps) => match(at(steps))),
      [undefined, now - 1, now, now + 1, undefined],
    );
  });

  it('is found once: its step and every earlier one are spent', () => {
    assert.equal(match(at(0), now - 1), now);
    assert.equal(match(at(0), now), undefined);
    assert.equal(match(at(-1), now), undefined);
    assert.equal(match(at(1), now), now + 1);
    assert.equal(match(at(0), now + 1), undefined);
  });

  it('a clock that stepped back accepts nothing that was spent', () => {
    assert.equal(matchTotp({ secret, code: at(0), nowMs: nowMs - 30_000, lastUsedStep: now }), undefined);
  });

  it('the edges of a step are exact', () => {
    const start = now * 30_000;
    const code = totp(secret, start);
    assert.equal(totp(secret, start + 29_999), code);
    assert.notEqual(totp(secret, start + 30_000), code);
    assert.equal(matchTotp({ secret, code, nowMs: start + 59_999 })?.step, now);
    assert.equal(matchTotp({ secret, code, nowMs: start + 60_000 }), undefined);
    assert.equal(matchTotp({ secret, code, nowMs: start - 30_000 })?.step, now);
    assert.equal(matchTotp({ secret, code, nowMs: start - 30_001 }), undefined);
  });

  it('at the epoch there is no step before the first', () => {
    assert.equal(matchTotp({ secret, code: totp(secret, 0), nowMs: 0 })?.step, 0);
  });

  it('when two steps share a code the earlier one is spent first, then the other', () => {
    // The first two neighbouring steps of this secret that share a code, found by search.
    const step = 910_737;
    assert.equal(hotp(secret, step, DEFAULT_TOTP_FORM), hotp(secret, step + 1, DEFAULT_TOTP_FORM));
    const input = { secret, code: hotp(secret, step, DEFAULT_TOTP_FORM), nowMs: step * 30_000 };
    assert.equal(matchTotp(input)?.step, step);
    assert.equal(matchTotp({ ...input, lastUsedStep: step })?.step, step + 1);
    assert.equal(matchTotp({ ...input, lastUsedStep: step + 1 }), undefined);
  });

  it('what is not a code of that length matches nothing', () => {
    const short = at(0).slice(1);
    for (const code of ['', short, `${at(0)}0`, ` ${short}`, '１２３４５６'])
      assert.equal(match(code), undefined);
  });
});
