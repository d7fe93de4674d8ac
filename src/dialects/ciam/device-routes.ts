/** `/users/{user}/mfadevices`: authenticator apps, registered, activated, listed and unpaired. */
import { EngineError } from '../../core/errors.ts';
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { readLoosely } from '../../http/loose-body.ts';
import type { DialectContext } from '../dialect.ts';
import { errorReplies, writeOutcome } from './errors.ts';
import { assertTotp, fromDevice, fromEnrolled, readDeviceType, toEnrollCommand } from './mapping.ts';
import * as schema from './schema.ts';

const noContent = { type: 'null', description: 'Unpaired' } as const;

export function addDeviceRoutes(scope: HttpScope, { engine, clock }: DialectContext): void {
  const enroll = {
    preValidation: readLoosely(schema.EnrollBody),
    schema: {
      summary: 'Register a TOTP device',
      params: schema.UserParams,
      body: schema.EnrollBody,
      response: { 201: schema.EnrollReply, ...errorReplies },
    },
  };
  scope.post('/users/:user/mfadevices', enroll, async (request, reply) => {
    const { body, params } = request;
    assertTotp(body.deviceType);
    const enrolled = await engine.enrollDevice(principalOf(request), toEnrollCommand(params.user, body));
    reply.code(201);
    return fromEnrolled(enrolled);
  });

  const activate = {
    preValidation: readLoosely(schema.CheckBody),
    schema: {
      summary: 'Activate a device with its first OTP',
      params: schema.UserDeviceParams,
      body: schema.CheckBody,
      response: { 200: schema.ActivateReply, ...errorReplies },
    },
  };
  scope.post('/users/:user/mfadevices/:authId', activate, async (request, reply) => {
    const { user: subject, authId: id } = request.params;
    const command = { subject, device: { id }, code: request.body.otp };
    const { outcome, device } = await engine.activateDevice(principalOf(request), command).catch(asAuthId);
    if (outcome === 'approved' && device) return { status: 'ACTIVE', message: device.name } as const;
    return writeOutcome(outcome === 'incorrect' ? outcome : 'settled', { request, reply, clock });
  });
}

export function addDeviceListRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const list = {
    schema: {
      summary: 'List the devices of a user',
      params: schema.UserParams,
      querystring: schema.DevicesQuery,
      response: { 200: schema.DevicesReply, ...errorReplies },
    },
  };
  scope.get('/users/:user/mfadevices', list, async (request) => {
    const { type } = request.query;
    const isAsked = !type || readDeviceType(type) === 'TOTP';
    const devices = await engine.listDevices(principalOf(request), request.params.user);
    return isAsked ? devices.map(fromDevice) : [];
  });

  const unpairAll = {
    schema: {
      summary: 'Unpair every device of a type',
      params: schema.UserTypeParams,
      response: { 204: noContent, ...errorReplies },
    },
  };
  scope.delete('/users/:user/mfadevices/:type/all', unpairAll, async (request, reply) => {
    assertTotp(request.params.type);
    const deleted = await engine.deleteDevices(principalOf(request), request.params.user);
    if (deleted === 0) {
      throw new EngineError('not_found', 'The user has no registered device.', { field: 'device' });
    }
    reply.code(204);
  });

  const unpair = {
    schema: {
      summary: 'Unpair a device',
      params: schema.UserNameParams,
      response: { 204: noContent, ...errorReplies },
    },
  };
  scope.delete('/users/:user/mfadevices/:type/:name', unpair, async (request, reply) => {
    const { user, type, name } = request.params;
    assertTotp(type);
    await engine.deleteDevice(principalOf(request), user, { name });
    reply.code(204);
  });
}

/** Where a device is named by what the vendor calls an authId, one that is not there is an invalid authId. */
function asAuthId(error: unknown): never {
  if (error instanceof EngineError && error.code === 'not_found' && error.details.field === 'device') {
    throw new EngineError('not_found', error.message);
  }
  throw error;
}
