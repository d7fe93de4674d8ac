import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddressGuard } from './outbound-address.ts';
import { type OutboundUrlRules, parseOutboundUrl } from './outbound-url.ts';

const strict: OutboundUrlRules = { mayReach: createAddressGuard([]), allowHttp: false };
const reasonOf = (url: string, rules: OutboundUrlRules) => {
  const parsed = parseOutboundUrl(url, rules);
  return parsed.ok ? 'ok' : parsed.reason;
};

test('SSRF: a literal host is refused in whatever notation it comes', () => {
  for (const host of [
    ...['169.254.169.254', '127.0.0.1', '127.1', '0', '0x7f000001', '0x7f.1', '0177.0.0.1', '2130706433'],
    ...['017700000001', '127.0.0.1.', '１２７.０.０.１', '127。0。0。1', '%31%32%37.0.0.1', '①②⑦.0.0.1'],
    ...['[::1]', '[::]', '[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[0:0:0:0:0:ffff:7f00:1]'],
    ...[
      '[64:ff9b::a9fe:a9fe]',
      '[64:ff9b:1::1]',
      '[fd00:ec2::254]',
      '[fe80::1]',
      '[::127.0.0.1]',
      '[2002:7f00:1::]',
    ],
  ]) {
    assert.equal(reasonOf(`https://${host}/path`, strict), 'refused-address', host);
  }
});

test('only https, and http where allowed', () => {
  assert.equal(reasonOf('https://example.com/hook?a=b', strict), 'ok');
  assert.equal(reasonOf('http://example.com/', strict), 'refused-url');
  assert.equal(reasonOf('http://example.com/', { ...strict, allowHttp: true }), 'ok');
  for (const url of [
    'ftp://example.com',
    'file:///etc/passwd',
    'gopher://example.com',
    'ws://example.com',
    'data:,x',
  ]) {
    assert.equal(reasonOf(url, { ...strict, allowHttp: true }), 'refused-url', url);
  }
});

test('user info, unreadable and over-long URLs are refused', () => {
  for (const url of [
    'https://user@example.com/',
    'https://user:secret@example.com/',
    'https://:secret@example.com/',
    'https://example.com:99999/',
    'https://example.com:0/',
    'https://[fe80::1%25eth0]/',
    'https://exa mple.com/',
    'https://',
    '//example.com',
    '/path',
    '',
    `https://example.com/${'a'.repeat(2_048)}`,
  ]) {
    assert.equal(reasonOf(url, strict), 'refused-url', url);
  }
});

test('with a list of ports only those are called, the scheme’s own included', () => {
  const rules = { ...strict, allowHttp: true, ports: [443, 8443] };
  assert.equal(reasonOf('https://example.com/', rules), 'ok');
  assert.equal(reasonOf('https://example.com:8443/', rules), 'ok');
  assert.equal(reasonOf('https://example.com:22/', rules), 'refused-url');
  assert.equal(reasonOf('http://example.com/', rules), 'refused-url');
});
