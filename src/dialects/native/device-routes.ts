/** `/subjects/{subject}/devices`: authenticator apps, from the QR code to the check. Each is validate, map, one call, map. */
import type { DeviceCheckReply, DeviceView } from '../../engine/engine.ts';
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { renderQrSvg } from '../../lib/qr-code.ts';
import { toIso } from '../../lib/time.ts';
import type { DialectContext } from '../dialect.ts';
import * as schema from './device-schema.ts';
import { CheckBody } from './verification-schema.ts';

const tags = ['Devices'];
const DEVICES = '/subjects/:subject/devices';
const DEVICE = `${DEVICES}/:id`;
const CHECK_NOTE = 'A wrong code is an outcome, not an error: the status is 200 whatever the code was.';

export function addDeviceRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const enroll = {
    schema: {
      tags,
      summary: 'Enrol an authenticator app',
      description: 'A device of the same name that was never activated is replaced.',
      params: schema.SubjectParams,
      body: schema.EnrollBody,
      response: { 201: schema.EnrolledReply },
    },
  };
  scope.post(DEVICES, enroll, async (request, reply) => {
    const { type: _totp, ...named } = request.body;
    const { subject } = request.params;
    const { device, secret, uri } = await engine.enrollDevice(principalOf(request), { subject, ...named });
    reply.code(201).header('cache-control', 'no-store');
    reply.header('location', `${scope.prefix}/subjects/${encodeURIComponent(subject)}/devices/${device.id}`);
    return { ...fromDevice(device), secret, uri };
  });

  const activate = {
    schema: {
      tags,
      summary: 'Activate a device with a code from it',
      description: CHECK_NOTE,
      params: schema.DeviceParams,
      body: CheckBody,
      response: { 200: schema.DeviceCheckReply },
    },
  };
  scope.post(`${DEVICE}/activate`, activate, async (request) => {
    const { subject, id } = request.params;
    const command = { subject, device: { id }, code: request.body.code };
    return fromCheck(await engine.activateDevice(principalOf(request), command));
  });

  const check = {
    schema: {
      tags,
      summary: 'Check a code of a device',
      description: CHECK_NOTE,
      params: schema.DeviceParams,
      body: CheckBody,
      response: { 200: schema.DeviceCheckReply },
    },
  };
  scope.post(`${DEVICE}/checks`, check, async (request) => {
    const { subject, id } = request.params;
    const command = { subject, device: { id }, code: request.body.code };
    return fromCheck(await engine.checkDevice(principalOf(request), command));
  });

  const checkAny = {
    schema: {
      tags,
      summary: 'Check a code of any active device of a subject',
      description: CHECK_NOTE,
      params: schema.SubjectParams,
      body: CheckBody,
      response: { 200: schema.DeviceCheckReply },
    },
  };
  scope.post('/subjects/:subject/checks', checkAny, async (request) => {
    const command = { subject: request.params.subject, code: request.body.code };
    return fromCheck(await engine.checkDevice(principalOf(request), command));
  });

  addReads(scope, engine);
  addDeletes(scope, engine);
}

function addReads(scope: HttpScope, engine: DialectContext['engine']): void {
  const list = {
    schema: {
      tags,
      summary: 'List the devices of a subject, in the order of enrolment',
      params: schema.SubjectParams,
      response: { 200: schema.DeviceList },
    },
  };
  scope.get(DEVICES, list, async (request) => {
    const devices = await engine.listDevices(principalOf(request), request.params.subject);
    return { items: devices.map(fromDevice) };
  });

  const get = {
    schema: {
      tags,
      summary: 'Read a device',
      params: schema.DeviceParams,
      response: { 200: schema.DeviceReply },
    },
  };
  scope.get(DEVICE, get, async (request) => {
    const { subject, id } = request.params;
    return fromDevice(await engine.getDevice(principalOf(request), subject, { id }));
  });

  const image = { description: 'The QR code', content: { 'image/svg+xml': { schema: { type: 'string' } } } };
  const qr = {
    schema: {
      tags,
      summary: 'The QR code of a device that is not activated yet',
      description: 'It holds the secret: show it to the person, and keep no copy.',
      params: schema.DeviceParams,
      response: { 200: image },
    },
  };
  scope.get(`${DEVICE}/qr.svg`, qr, async (request, reply) => {
    const { subject, id } = request.params;
    const uri = await engine.getEnrollmentUri(principalOf(request), subject, { id });
    reply
      .type('image/svg+xml')
      .header('cache-control', 'no-store')
      .header('x-content-type-options', 'nosniff');
    return renderQrSvg(uri);
  });
}

function addDeletes(scope: HttpScope, engine: DialectContext['engine']): void {
  const gone = { type: 'null', description: 'Deleted' } as const;
  const remove = {
    schema: {
      tags,
      summary: 'Delete a device',
      params: schema.DeviceParams,
      response: { 204: gone },
    },
  };
  scope.delete(DEVICE, remove, async (request, reply) => {
    const { subject, id } = request.params;
    await engine.deleteDevice(principalOf(request), subject, { id });
    reply.code(204);
  });

  const removeAll = {
    schema: {
      tags,
      summary: 'Delete all devices of a subject, if there are any',
      params: schema.SubjectParams,
      response: { 204: gone },
    },
  };
  scope.delete(DEVICES, removeAll, async (request, reply) => {
    await engine.deleteDevices(principalOf(request), request.params.subject);
    reply.code(204);
  });
}

/** The tenant's way to lift a block; it needs the same scope as that of a recipient. */
export function addSubjectRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const unblock = {
    schema: {
      tags,
      summary: 'Forget the wrong codes of a subject who is blocked or disabled',
      params: schema.SubjectParams,
      response: {
        204: { type: 'null', description: 'Done, whether or not there was a block' },
      },
    },
  };
  scope.post('/subjects/:subject/unblock', unblock, async (request, reply) => {
    await engine.liftSubjectBlock(principalOf(request), request.params.subject);
    reply.code(204);
  });
}

function fromDevice(view: DeviceView) {
  const { activatedAtMs, expiresAtMs } = view;
  return {
    id: view.id,
    type: 'totp' as const,
    name: view.name,
    status: view.state,
    createdAt: toIso(view.createdAtMs),
    activatedAt: activatedAtMs === undefined ? undefined : toIso(activatedAtMs),
    expiresAt: expiresAtMs === undefined ? undefined : toIso(expiresAtMs),
  };
}

function fromCheck({ outcome, device }: DeviceCheckReply) {
  return { outcome, device: device && fromDevice(device) };
}
