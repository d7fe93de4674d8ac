/** Statements on devices and on the verifications that name one. Nothing here decides what may follow what. */
import type { Device, DeviceVerification } from '../../core/device.ts';
import type { DeviceVerificationWrites } from '../../engine/ports/devices.ts';
import { type Call, call, statement } from './statement.ts';

const COLUMNS = `id, tenant_id, subject_id, state, last_used_step, created_at_ms, activated_at_ms, expires_at_ms,
  content_sealed`;
const VERIFICATION_COLUMNS = `id, tenant_id, subject_id, device_id, state, check_count, checks_max, created_at_ms,
  expires_at_ms, settled_at_ms`;

const LIST = statement(`SELECT ${COLUMNS} FROM devices WHERE tenant_id = $1 AND subject_id = $2 ORDER BY id`);
const INSERT = statement(`INSERT INTO devices (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);
const DELETE = statement('DELETE FROM devices WHERE id = ANY($1::uuid[])');
const ACTIVATE = statement(`UPDATE devices
  SET state = 'active', last_used_step = $2, activated_at_ms = $3, expires_at_ms = NULL
  WHERE id = $1 AND state = 'activation-required' RETURNING id`);
const USE_STEP = statement(`UPDATE devices SET last_used_step = $2
  WHERE id = $1 AND state = 'active' AND coalesce(last_used_step, -1) < $2 RETURNING id`);
const INSERT_VERIFICATION = statement(`INSERT INTO device_verifications (${VERIFICATION_COLUMNS})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`);
const LOAD_VERIFICATION = statement(`SELECT ${VERIFICATION_COLUMNS} FROM device_verifications
  WHERE id = $1 AND tenant_id = $2 FOR NO KEY UPDATE`);
const SAVE_VERIFICATION = statement(`UPDATE device_verifications
  SET check_count = $2, state = $3, settled_at_ms = $4 WHERE id = $1 AND state = 'pending' RETURNING id`);
const DELETE_EXPIRED = statement(`DELETE FROM devices WHERE id IN (
  SELECT id FROM devices WHERE expires_at_ms <= $1 ORDER BY expires_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`);
const DELETE_ENDED = statement(`DELETE FROM device_verifications WHERE id IN (
  SELECT id FROM device_verifications WHERE expires_at_ms < $1
  ORDER BY expires_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`);

export const listDevices = (tenantId: string, subjectId: string): Call => call(LIST, tenantId, subjectId);

export const insertDevice = (device: Device): Call =>
  call(
    INSERT,
    device.id,
    device.tenantId,
    device.subjectId,
    device.state,
    device.lastUsedStep ?? null,
    device.createdAtMs,
    device.activatedAtMs ?? null,
    device.expiresAtMs ?? null,
    device.contentSealed,
  );

export const deleteDevices = (ids: readonly string[]): Call => call(DELETE, ids);

/** Answers with a row where it was done, as do the two others that are conditional. */
export const activateDevice = (id: string, step: number, activatedAtMs: number): Call =>
  call(ACTIVATE, id, step, activatedAtMs);

export const useDeviceStep = (id: string, step: number): Call => call(USE_STEP, id, step);

export const insertDeviceVerification = (verification: DeviceVerification): Call =>
  call(
    INSERT_VERIFICATION,
    verification.id,
    verification.tenantId,
    verification.subjectId,
    verification.deviceId,
    verification.state,
    verification.checkCount,
    verification.details.policy.checksMax,
    verification.createdAtMs,
    verification.expiresAtMs,
    verification.settledAtMs ?? null,
  );

export const loadDeviceVerification = (tenantId: string, id: string): Call =>
  call(LOAD_VERIFICATION, id, tenantId);

export const saveDeviceVerification = ({
  id,
  checkCount,
  state,
  settledAtMs,
}: DeviceVerificationWrites): Call => call(SAVE_VERIFICATION, id, checkCount, state, settledAtMs ?? null);

export const deleteExpiredDevices = (nowMs: number, limit: number): Call =>
  call(DELETE_EXPIRED, nowMs, limit);
export const deleteEndedVerifications = (beforeMs: number, limit: number): Call =>
  call(DELETE_ENDED, beforeMs, limit);
