import { encodeBase32 } from '../core/base32.ts';
import {
  ACCOUNT_CHARACTERS_MAX,
  ACTIVATION_TTL_MS,
  DEVICE_NAME_CHARACTERS_MAX,
  DEVICES_PER_SUBJECT_MAX,
  type DeviceContent,
  decideEnrollment,
  ISSUER_CHARACTERS_MAX,
  isLabel,
  type OpenDevice,
} from '../core/device.ts';
import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { DEFAULT_TOTP_FORM, otpauthUri, TOTP_SECRET_BYTES } from '../core/totp.ts';
import { type EngineContext, makeEvent } from './context.ts';
import type { EnrollCommand, EnrolledDevice } from './device-operations.ts';
import { openDevices, subjectIdOf, toDeviceView } from './open-devices.ts';
import { sealContext } from './views.ts';

/** Makes a secret and keeps it, sealed, until a code shows that an app has it. */
export async function enrollDevice(
  context: EngineContext,
  principal: Principal,
  command: EnrollCommand,
): Promise<EnrolledDevice> {
  const { store, keyring, clock } = context;
  const subjectId = subjectIdOf(principal, command.subject, keyring);
  const secret = context.randomBytes(TOTP_SECRET_BYTES);
  const content = makeContent(secret, principal, command);
  const { device, events } = await store.transaction(async (tx) => {
    const nowMs = clock();
    const { devices } = await tx.loadSubject(principal.tenant.id, subjectId);
    const live = openDevices(devices, keyring, nowMs);
    const decision = decideEnrollment(live, content.name);
    if (decision.kind === 'refuse') throw refusal(decision.reason);
    const liveIds = new Set(live.map(({ id }) => id));
    const gone = devices.filter(({ id }) => !liveIds.has(id) || id === decision.replaces?.id);
    if (gone.length > 0) await tx.deleteDevices(gone.map(({ id }) => id));
    const id = context.makeId();
    const made = {
      id,
      tenantId: principal.tenant.id,
      subjectId,
      state: 'activation-required',
      createdAtMs: nowMs,
      expiresAtMs: nowMs + ACTIVATION_TTL_MS,
      contentSealed: keyring.seal(JSON.stringify(content), sealContext.deviceContent(id)),
    } as const;
    await tx.insertDevice(made);
    const announced = [makeEvent(context, 'device.enrolled', made, nowMs, { deviceId: id })];
    await tx.appendEvents(announced);
    return { device: { ...made, content }, events: announced };
  });
  context.announce(events);
  const uri = enrollmentUri({ secret, content });
  return { device: toDeviceView(device), secret: content.secret, uri };
}

export function enrollmentUri({ secret, content }: Pick<OpenDevice, 'secret' | 'content'>): string {
  const { issuer, account, form } = content;
  return otpauthUri({ secret, issuer, account, form });
}

function makeContent(
  secret: Uint8Array,
  principal: Principal,
  { subject, name, issuer, account }: EnrollCommand,
): DeviceContent {
  return {
    name: readLabel(name, DEVICE_NAME_CHARACTERS_MAX, 'name'),
    secret: encodeBase32(secret),
    issuer: readLabel(
      issuer ?? cut(principal.tenant.name, ISSUER_CHARACTERS_MAX),
      ISSUER_CHARACTERS_MAX,
      'issuer',
    ),
    account: readLabel(account ?? cut(subject, ACCOUNT_CHARACTERS_MAX), ACCOUNT_CHARACTERS_MAX, 'account'),
    form: DEFAULT_TOTP_FORM,
    ...(principal.mode === 'test' && { mode: principal.mode }),
  };
}

function readLabel(text: string, charactersMax: number, field: string): string {
  if (isLabel(text, charactersMax)) return text;
  throw new EngineError('invalid_request', `This has 1 to ${charactersMax} printable characters.`, { field });
}

function cut(text: string, charactersMax: number): string {
  return text.slice(0, charactersMax).toWellFormed();
}

function refusal(reason: 'name-taken' | 'too-many'): EngineError {
  return reason === 'name-taken'
    ? new EngineError('conflict', 'The subject has an active device of this name.', { field: 'name' })
    : new EngineError('conflict', `A subject has at most ${DEVICES_PER_SUBJECT_MAX} devices.`, {
        limit: 'devices-per-subject',
      });
}
