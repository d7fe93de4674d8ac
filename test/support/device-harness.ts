/**
 * The engine with subjects who enrol authenticator apps: another library reads the URI and makes the codes, as an app
 * in a person's hand would. The store is the caller's.
 */
import assert from 'node:assert/strict';
import { TOTP, URI } from 'otpauth';
import type { Principal } from '../../src/core/principal.ts';
import type { Store } from '../../src/engine/ports.ts';
import { createEngineHarness } from './engine-harness.ts';

export const STEP_MS = 30_000;
/** How many do the same thing at the same moment where a test is about a race. */
export const AT_ONCE = 50;

export async function createDeviceHarness(store: Store) {
  const harness = await createEngineHarness(store);
  const { engine, clock } = harness;
  const principal = await harness.createPrincipal();
  let subjects = 0;
  const newSubject = () => {
    subjects += 1;
    return `ann-${subjects}@acme.example`;
  };

  /** The app that read the QR code. */
  function scan(uri: string) {
    const app = URI.parse(uri);
    assert(app instanceof TOTP);
    return { app, codeAt: (offsetMs = 0) => app.generate({ timestamp: clock.now() + offsetMs }) };
  }

  async function enroll(subject: string, name = 'phone', by: Principal = principal) {
    const enrolled = await engine.enrollDevice(by, { subject, name });
    const device = { id: enrolled.device.id };
    return {
      ...enrolled,
      ...scan(enrolled.uri),
      check: (code: unknown) => engine.checkDevice(by, { subject, device, code }),
      activate: (code: unknown) => engine.activateDevice(by, { subject, device, code }),
    };
  }

  /** Active, and at the beginning of a step of which no code was used. */
  async function activated(subject: string, name = 'phone') {
    await clock.advance(3 * STEP_MS - (clock.now() % STEP_MS));
    const enrolled = await enroll(subject, name);
    assert.equal((await enrolled.activate(enrolled.codeAt())).outcome, 'approved');
    await clock.advance(2 * STEP_MS);
    return enrolled;
  }

  return { ...harness, principal, newSubject, scan, enroll, activated };
}
