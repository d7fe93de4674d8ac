import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { getCountries, getCountryCallingCode, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import {
  callingCodeOf,
  type E164,
  isCountry,
  isE164,
  type NumberStrictness,
  PHONE_INPUT_CHARS_MAX,
  parsePhoneNumber,
} from './phone-number.ts';

const read = (input: string, defaultCountry?: string, strictness: NumberStrictness = 'valid') => {
  const parsed = parsePhoneNumber(input, {
    strictness,
    ...(defaultCountry !== undefined && { defaultCountry }),
  });
  return parsed.fault ?? parsed.e164;
};

describe('every spelling is one number', () => {
  const spellings: readonly [string, string?][] = [
    ['+14155552671'],
    ['+1 415 555 2671'],
    ['+1 (415) 555-2671'],
    [' +1.415.555.2671 '],
    ['\u202a+1\u2011415\u2011555\u20112671\u202c'],
    ['+1\u00a0415\u00a0555\u00a02671'],
    ['\uff0b\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff12\uff16\uff17\uff11'],
    ['+\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0662\u0666\u0667\u0661'],
    ['+\u0967\u096a\u0967\u096b\u096b\u096b\u096b\u0968\u096c\u096d\u0967'],
    ['tel:+1-415-555-2671'],
    ['0014155552671'],
    ['00 1 415 555 2671'],
    ['0014155552671', 'GE'],
    ['0014155552671', 'US'],
    ['0014155552671', 'AU'],
    ['001114155552671', 'AU'],
    ['0014155552671', 'JP'],
    ['01014155552671', 'JP'],
    ['01114155552671'],
    ['01114155552671', 'US'],
    ['01114155552671', 'GE'],
    ['14155552671'],
    ['14155552671', 'US'],
    ['14155552671', 'GE'],
    ['14155552671', 'IN'],
    ['4155552671', 'US'],
    ['(415) 555-2671', 'US'],
    ['1-415-555-2671', 'CA'],
  ];
  for (const [input, country] of spellings) {
    it(`${JSON.stringify(input)} in ${country ?? 'no country'}`, () => {
      for (const strictness of ['syntax', 'possible', 'valid'] as const) {
        assert.equal(read(input, country, strictness), '+14155552671');
      }
    });
  }

  it('national numbers lose their trunk prefix, wherever it is written', () => {
    assert.equal(read('020 7946 0000', 'GB'), '+442079460000');
    assert.equal(read('+44 (0)20 7946 0000'), '+442079460000');
    assert.equal(read('442079460000', 'GB'), '+442079460000');
    assert.equal(read('8 999 123 45 67', 'RU'), '+79991234567');
    assert.equal(read('0555 12 34 56', 'GE'), '+995555123456');
    assert.equal(read('555123456', 'GE'), '+995555123456');
  });

  it('an Italian leading zero is a digit of the number and stays', () => {
    assert.equal(read('+39 06 6982 1234'), '+390669821234');
  });

  it('punctuation in the vendor’s example is accepted', () => {
    assert.equal(read('+91-8212345212'), '+918212345212');
  });

  it('every country’s own example reads the same nationally and internationally', () => {
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples);
      if (!example) continue;
      const { number } = example;
      assert.equal(read(example.formatNational(), country), number, country);
      assert.equal(read(example.formatInternational(), 'GE'), number, country);
      assert.equal(read(`00${number.slice(1)}`, country), number, country);
    }
  });

  it('what a spelling means does not depend on the strictness, and its canonical form means itself', () => {
    const digits = fc.stringMatching(/^(\+|00|011|0|)[0-9]{5,15}$/);
    const country = fc.constantFrom('US', 'GE', 'IT', 'IN', 'MX', 'AR', 'BR', 'RU', 'HU', undefined);
    fc.assert(
      fc.property(digits, country, (input, defaultCountry) => {
        const loose = read(input, defaultCountry, 'syntax');
        for (const strictness of ['possible', 'valid'] as const) {
          const strict = read(input, defaultCountry, strictness);
          if (strict.startsWith('+')) assert.equal(strict, loose);
        }
        if (!loose.startsWith('+')) return;
        assert.ok(isE164(loose));
        assert.equal(read(loose, defaultCountry, 'syntax'), loose);
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
});

describe('what is known of a number', () => {
  const facts = (input: string) => parsePhoneNumber(input, { strictness: 'syntax' });
  const cases: readonly [string, string, string | undefined, string | undefined][] = [
    ['+14155552671', '1', 'US', 'FIXED_LINE_OR_MOBILE'],
    ['+14165551234', '1', 'CA', 'FIXED_LINE_OR_MOBILE'],
    ['+447400123456', '44', 'GB', 'MOBILE'],
    ['+442079460000', '44', 'GB', 'FIXED_LINE'],
    ['+18005551234', '1', 'US', 'TOLL_FREE'],
    ['+19002345678', '1', 'US', 'PREMIUM_RATE'],
    ['+995555123456', '995', 'GE', 'MOBILE'],
    ['+80012345678', '800', undefined, 'TOLL_FREE'],
    ['+883510001234567', '883', undefined, 'VOIP'],
    ['+123456789', '1', undefined, undefined],
    ['+21012345678', '210', undefined, undefined],
  ];
  for (const [input, callingCode, country, type] of cases) {
    it(`${input} is ${type ?? 'of no known type'} in ${country ?? 'no one country'}`, () => {
      const number = facts(input);
      assert.ok(number.fault === undefined);
      assert.deepEqual([number.callingCode, number.country, number.type], [callingCode, country, type]);
    });
  }

  it('the calling code by digits is the library’s, for every country', () => {
    for (const country of getCountries()) {
      const callingCode: string = getCountryCallingCode(country);
      assert.equal(callingCodeOf(`+${callingCode}23456789` as E164), callingCode);
    }
  });

  it('knows which countries may be a default', () => {
    assert.equal(isCountry('GE'), true);
    assert.equal(isCountry('ge'), false);
    assert.equal(isCountry('XX'), false);
  });
});

describe('strictness', () => {
  const table: readonly [string, NumberStrictness, string][] = [
    ['+14150002671', 'valid', 'not-valid'],
    ['+14150002671', 'possible', '+14150002671'],
    ['+123456789', 'possible', 'not-possible'],
    ['+123456789', 'valid', 'not-possible'],
    ['+123456789', 'syntax', '+123456789'],
    ['123456789', 'syntax', '+123456789'],
    ['+1234567', 'syntax', '+1234567'],
    ['+123456', 'syntax', 'not-a-number'],
    ['+1234567890123456', 'syntax', 'not-a-number'],
    ['+21012345678', 'syntax', '+21012345678'],
    ['+21012345678', 'possible', 'not-possible'],
  ];
  for (const [input, strictness, expected] of table) {
    it(`${input} by ${strictness}: ${expected}`, () =>
      assert.equal(read(input, undefined, strictness), expected));
  }

  it('a bare number that no country knows passes as it came, even where it could be national', () => {
    assert.equal(read('123456789', 'GE', 'syntax'), '+123456789');
  });

  it('a leading zero in no known range is read nationally, because no calling code begins with it', () => {
    assert.equal(read('0123456789', 'GE', 'syntax'), '+995123456789');
    assert.equal(read('0123456789', undefined, 'syntax'), 'not-a-number');
  });
});

describe('what is not a number at all', () => {
  const inputs = [
    '',
    ' ',
    '+',
    '++14155552671',
    '+0014155552671',
    'call +14155552671',
    '+1-800-FLOWERS',
    '+14155552671x5',
    '+14155552671;ext=5',
    'tel:+14155552671;phone-context=x',
    '+1415555\n2671',
    '+1415555\u00002671',
    '+14155552671,+14155552672',
    '1'.repeat(PHONE_INPUT_CHARS_MAX + 1),
    `+14155552671${' '.repeat(PHONE_INPUT_CHARS_MAX)}`,
    '９'.repeat(10_000),
  ];
  for (const input of inputs) {
    it(JSON.stringify(input.slice(0, 40)), () => assert.equal(read(input, 'US', 'syntax'), 'not-a-number'));
  }

  it('an unknown default country is as good as none', () => {
    assert.equal(read('+14155552671', 'XX'), '+14155552671');
    assert.equal(read('0415555', 'XX', 'syntax'), 'not-a-number');
  });

  it('canonical form is strict', () => {
    for (const text of ['+1415555267１', '14155552671', '+04155552671', '+14155552671\n', ' +14155552671']) {
      assert.equal(isE164(text), false, text);
    }
  });
});
