/** SMPP: the codec alone, one session at several windows, and the carrier with its receipts, into our own SMSC in another process. */
import { createSmpp } from '../src/carriers/smpp/smpp.ts';
import { createLogger } from '../src/lib/logger.ts';
import { noMetrics } from '../src/lib/metrics.ts';
import { createSystemRandomBytes } from '../src/lib/random.ts';
import { systemClock, systemTimers } from '../src/lib/time.ts';
import { createUuidMaker } from '../src/lib/uuid.ts';
import { connectSmpp } from '../src/smpp/client.ts';
import { parseDeliveryReceipt } from '../src/smpp/delivery-receipt.ts';
import { encodeText } from '../src/smpp/encoding.ts';
import { decodePdu, encodePdu, type OutgoingPdu } from '../src/smpp/pdu.ts';
import { type Served, serve } from './processes.ts';
import { printTable, round } from './statistics.ts';

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const SECONDS = 2;
const WINDOWS = [1, 10, 50] as const;
/** Looking at the clock for each PDU would cost as much as the PDU. */
const BATCH = 1_000;
const CARRIER_UNDER_WAY = 200;

const TEXT = 'Acme: 483920 is your verification code.';
const SUBMIT: OutgoingPdu = {
  command: 'submit_sm',
  sequence: 7,
  fields: {
    sourceAddrTon: 5,
    sourceAddr: 'Acme',
    destAddrTon: 1,
    destAddrNpi: 1,
    destinationAddr: '14155550150',
    validityPeriod: '000000001000000R',
    registeredDelivery: 1,
    shortMessage: encodeText(TEXT, 'gsm7'),
  },
};
const RECEIPT: OutgoingPdu = {
  command: 'deliver_sm',
  sequence: 8,
  fields: {
    sourceAddr: '14155550150',
    destinationAddr: 'Acme',
    esmClass: 4,
    shortMessage: Buffer.from(
      'id:1767225600000001 sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:Acme: 483920 is your',
    ),
  },
  tlvs: { receiptedMessageId: '1767225600000001', messageState: 2 },
};

function timesPerSecond(work: () => void): number {
  for (let i = 0; i < 20 * BATCH; i++) work();
  const beganMs = performance.now();
  let count = 0;
  while (performance.now() - beganMs < SECONDS * 500) {
    for (let i = 0; i < BATCH; i++) work();
    count += BATCH;
  }
  return (count * 1_000) / (performance.now() - beganMs);
}

async function measureCodec(): Promise<readonly Row[]> {
  const submit = encodePdu(SUBMIT);
  const receipt = encodePdu(RECEIPT);
  const unit = 'PDUs/s';
  return [
    { name: 'encode submit_sm', unit, value: timesPerSecond(() => encodePdu(SUBMIT)) },
    { name: 'decode submit_sm', unit, value: timesPerSecond(() => decodePdu(submit)) },
    {
      name: 'decode deliver_sm, read its receipt',
      unit,
      value: timesPerSecond(() => {
        const { fields, tlvs } = decodePdu(receipt) as ReturnType<typeof decodePdu> & {
          readonly command: 'deliver_sm';
        };
        parseDeliveryReceipt(fields, tlvs);
      }),
    },
  ];
}

/** Keeps so many under way until the time is over. */
async function perSecond(underWay: number, send: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  let count = 0;
  const work = async () => {
    while (performance.now() - beganMs < SECONDS * 1_000) {
      await send();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: underWay }, work));
  return (count * 1_000) / (performance.now() - beganMs);
}

/** submit_sm and its answer, without receipts. */
async function measureSession(): Promise<readonly Row[]> {
  await using smsc = await serve('smsc-server.ts');
  const rows: Row[] = [];
  const fields = { ...SUBMIT.fields, registeredDelivery: 0 } as object;
  for (const window of WINDOWS) {
    const account = { host: '127.0.0.1', port: smsc.port, systemId: 'acme', password: '' };
    const { session } = await connectSmpp({ ...account, session: { window } });
    await perSecond(window, () => session.request('submit_sm', { fields }));
    const value = await perSecond(window, () => session.request('submit_sm', { fields }));
    rows.push({ name: `one session, window ${window}`, unit: 'submit_sm/s', value });
    await session.unbind();
  }
  return rows;
}

/** The carrier as the engine uses it: two binds, each message answered, and each receipt taken and acknowledged. */
async function measureCarrier(): Promise<readonly Row[]> {
  await using smsc = await serve('smsc-server.ts');
  let receipts = 0;
  const carrier = createCarrier(smsc, () => {
    receipts += 1;
  });
  while (carrier.health().state !== 'up') await new Promise(setImmediate);
  const message = { tenantId: 'bench', channel: 'sms' as const, to: '+14155550150', body: TEXT, segments: 1 };
  let sent = 0;
  const value = await perSecond(CARRIER_UNDER_WAY, async () => {
    sent += 1;
    const outcome = await carrier.submit(
      { ...message, id: String(sent), notAfterMs: systemClock() + 600_000 },
      new AbortController().signal,
    );
    if (outcome.kind !== 'accepted') throw new Error(`a message was ${outcome.kind}`);
  });
  while (receipts < sent) await new Promise(setImmediate);
  await carrier[Symbol.asyncDispose]();
  return [{ name: 'carrier, 2 binds, window 50, with receipts', unit: 'messages/s', value }];
}

function createCarrier({ port }: Served, onReceipt: () => void) {
  const randomBytes = createSystemRandomBytes();
  return createSmpp(
    'main',
    { host: '127.0.0.1', port, systemId: 'acme', password: '', binds: 2, window: 50 },
    {
      clock: systemClock,
      timers: systemTimers,
      randomBytes,
      makeId: createUuidMaker(systemClock, randomBytes),
      receipts: async () => onReceipt(),
      logger: createLogger({ level: 'silent', pretty: false }),
      metrics: noMetrics,
      safeFetch: Object.assign(() => Promise.reject(new Error('SMPP makes no HTTP requests')), {
        [Symbol.asyncDispose]: async () => {},
      }),
    },
  );
}

export async function benchSmpp(): Promise<void> {
  const rows = [...(await measureCodec()), ...(await measureSession()), ...(await measureCarrier())];
  printTable('smpp', [
    ['what', 'measured', 'unit'],
    ...rows.map(({ name, value, unit }) => [name, round(value, 0), unit]),
  ]);
}
