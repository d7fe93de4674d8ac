import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT_CHARACTERS_MAX, ISSUER_CHARACTERS_MAX } from '../core/device.ts';
import { otpauthUri } from '../core/totp.ts';
import { renderQrSvg } from './qr-code.ts';

test('the longest URI of a device fits into a code, in the characters that take most room', () => {
  const uri = otpauthUri({
    secret: new Uint8Array(20),
    issuer: '长'.repeat(ISSUER_CHARACTERS_MAX),
    account: '长'.repeat(ACCOUNT_CHARACTERS_MAX),
  });
  assert.match(renderQrSvg(uri), /^<svg .*<\/svg>$/s);
});

test('a code is black on white, whatever surrounds it', () => {
  const svg = renderQrSvg('otpauth://totp/Acme:ann?secret=ABC');
  assert.match(svg, /white/);
  assert.match(svg, /black/);
  assert.notEqual(svg, renderQrSvg('otpauth://totp/Acme:ann?secret=ABD'));
});
