import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseDomainName } from './domain-name.ts';

it('a domain name has one ASCII form', () => {
  assert.equal(parseDomainName('Bücher.Example'), 'xn--bcher-kva.example');
  assert.equal(parseDomainName('login.example.co.uk'), 'login.example.co.uk');
});

it('what is more or less than a public host name is none', () => {
  for (const input of [
    '',
    'localhost',
    'example.com.',
    'example.com #123',
    'example.com\n',
    'https://example.com',
    'example.com:443',
    '127.0.0.1',
    '0x7f.1',
    'a..b',
    `${'a'.repeat(64)}.com`,
    `${'a.'.repeat(127)}com`,
  ]) {
    assert.equal(parseDomainName(input), undefined, input);
  }
});
