import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from '../../../test/support/test-certificate.ts';
import { findSchemaFaults } from '../../config/schema-faults.ts';
import { toDestinationAddress, toSourceAddress } from './addresses.ts';
import { findSmppFaults, SMPP_SETTINGS, type SmppSettings } from './settings.ts';
import { vendorTlvsFor } from './vendor-tlvs.ts';

const LEAST = { host: 'smsc.example.net', systemId: 'acme', password: 'secret' };

function faultsIn(settings: unknown): readonly string[] {
  const place = { segments: ['carriers', 'main'], fromEnvironment: new Set<string>() };
  return findSchemaFaults(SMPP_SETTINGS, settings, place).map(({ path, problem }) => `${path} ${problem}`);
}

const ownFaults = (more: Partial<SmppSettings>) =>
  findSmppFaults({ ...LEAST, ...more }).map(({ path }) => path);

describe('settings of kind smpp', () => {
  it('are those of the configuration that is documented', () => {
    const documented = { ...LEAST, port: 2775, binds: 2, window: 50, messagesPerSecond: 100 };
    assert.deepEqual(faultsIn(documented), []);
    assert.deepEqual(ownFaults(documented), []);
  });

  it('take a zone of absolute validity periods only where there are some, and only one that the field can say', () => {
    assert.deepEqual(ownFaults({ validityOffset: '+05:30' }), ['validityOffset']);
    assert.deepEqual(ownFaults({ validityOffset: '+05:30', validityPeriod: 'absolute' }), []);
    for (const validityOffset of ['05:30', '+5:30', '+05:20', '+12:15', '+13:00']) {
      assert.match(
        faultsIn({ ...LEAST, validityOffset })[0] ?? '',
        /^carriers\.main\.validityOffset must be/,
      );
    }
    for (const validityOffset of ['-12:00', '+11:45', '+00:00']) {
      assert.deepEqual(faultsIn({ ...LEAST, validityOffset }), []);
    }
  });

  it('are told each fault by its path', () => {
    assert.deepEqual(faultsIn({ host: 'x', systemId: 'acme', password: 'p', binds: 0, bindMode: 'both' }), [
      'carriers.main.binds must be from 1 to 64',
      'carriers.main.bindMode must be one of transceiver, transmitter+receiver',
    ]);
  });

  it('want a certificate with its key, and files that can be read', () => {
    assert.deepEqual(ownFaults({ tls: {} }), []);
    assert.deepEqual(ownFaults({ tls: { cert: TEST_CERTIFICATE } }), ['tls.key']);
    assert.deepEqual(ownFaults({ tls: { cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY } }), []);
    assert.deepEqual(ownFaults({ tls: { ca: '/nowhere/ca.pem' } }), ['tls.ca']);
    assert.deepEqual(ownFaults({ tls: { ca: import.meta.filename } }), ['tls.ca']);
  });

  it('want values that fit the types of their parameters', () => {
    const problems = [
      { tag: 1 },
      { tag: 1, type: 'uint8' as const, value: '256' },
      { tag: 1, type: 'hex' as const, value: 'abc' },
      { tag: 1, bySender: { Acme: 'ქ' } },
    ];
    for (const tlv of problems) assert.deepEqual(ownFaults({ tlvs: [tlv] }), ['tlvs.0.value']);
    assert.deepEqual(ownFaults({ tlvs: [{ tag: 1, type: 'uint32', value: '0xffffffff' }] }), []);
  });
});

describe('the operator’s own parameters', () => {
  it('are written in their types, and left out where there is no value', () => {
    const value = (type: 'text' | 'c-text' | 'hex' | 'uint8' | 'uint16' | 'uint32', text: string) =>
      Buffer.from(vendorTlvsFor([{ tag: 0x1400, type, value: text }], { sender: '' })[0]?.value ?? []);
    assert.equal(value('text', '110').toString('hex'), '313130');
    assert.equal(value('c-text', '110').toString('hex'), '31313000');
    assert.equal(value('hex', '0aFF').toString('hex'), '0aff');
    assert.equal(value('uint8', '0x10').toString('hex'), '10');
    assert.equal(value('uint16', '258').toString('hex'), '0102');
    assert.equal(value('uint32', '1').toString('hex'), '00000001');
    assert.deepEqual(vendorTlvsFor([{ tag: 1, bySender: { Acme: 'x' } }], { sender: 'toString' }), []);
  });
});

describe('addresses', () => {
  it('have the type of number and numbering plan of their form', () => {
    const source = (sender: string) => Object.values(toSourceAddress(sender)).join('/');
    assert.equal(source('Acme'), '5/0/Acme');
    assert.equal(source('28261'), '3/0/28261');
    assert.equal(source('+14155550150'), '1/1/14155550150');
    assert.equal(source('14155550150'), '1/1/14155550150');
    assert.equal(source(''), '0/0/');
    assert.deepEqual(toDestinationAddress('+14155550150'), { ton: 1, npi: 1, address: '14155550150' });
  });

  it('take what the settings say instead', () => {
    assert.deepEqual(toSourceAddress('28261', { ton: 0, npi: 1 }), { ton: 0, npi: 1, address: '28261' });
    assert.deepEqual(toDestinationAddress('+995599123456', { npi: 0 }), {
      ton: 1,
      npi: 0,
      address: '995599123456',
    });
  });
});
