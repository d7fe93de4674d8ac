/** Devices of one connection, and the verifications that name one. Nothing here decides what may follow what. */
import type { DatabaseSync } from 'node:sqlite';
import type { Device, DeviceVerification } from '../../core/device.ts';
import type { DeviceVerificationWrites } from '../../engine/ports/devices.ts';
import { type DeviceRow, type DeviceVerificationRow, toDevice, toDeviceVerification } from '../rows.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

const COLUMNS = `id, tenant_id, subject_id, state, last_used_step, created_at_ms, activated_at_ms, expires_at_ms,
  content_sealed`;
const VERIFICATION_COLUMNS = `id, tenant_id, subject_id, device_id, state, check_count, checks_max, created_at_ms,
  expires_at_ms, settled_at_ms`;

const LIST = `SELECT ${COLUMNS} FROM devices WHERE tenant_id = ?1 AND subject_id = ?2 ORDER BY id`;
const INSERT = `INSERT INTO devices (${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`;
const DELETE = 'DELETE FROM devices WHERE id = ?1';
const ACTIVATE = `UPDATE devices
  SET state = 'active', last_used_step = ?2, activated_at_ms = ?3, expires_at_ms = NULL
  WHERE id = ?1 AND state = 'activation-required'`;
const USE_STEP = `UPDATE devices SET last_used_step = ?2
  WHERE id = ?1 AND state = 'active' AND coalesce(last_used_step, -1) < ?2`;
const INSERT_VERIFICATION = `INSERT INTO device_verifications (${VERIFICATION_COLUMNS})
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`;
const FIND_VERIFICATION = `SELECT ${VERIFICATION_COLUMNS} FROM device_verifications
  WHERE id = ?1 AND tenant_id = ?2`;
const SAVE_VERIFICATION = `UPDATE device_verifications SET check_count = ?2, state = ?3, settled_at_ms = ?4
  WHERE id = ?1 AND state = 'pending'`;
const DELETE_EXPIRED = `DELETE FROM devices WHERE id IN (
  SELECT id FROM devices WHERE expires_at_ms <= ?1 ORDER BY expires_at_ms LIMIT ?2)`;
const DELETE_ENDED = `DELETE FROM device_verifications WHERE id IN (
  SELECT id FROM device_verifications WHERE expires_at_ms < ?1 ORDER BY expires_at_ms LIMIT ?2)`;

export type DeviceTable = ReturnType<typeof createDeviceTable>;

export function createDeviceTable(database: DatabaseSync) {
  const { list } = createDeviceReads(database);
  const insert = prepareCommand(database, INSERT);
  const remove = prepareCommand(database, DELETE);
  const activate = prepareCommand(database, ACTIVATE);
  const useStep = prepareCommand(database, USE_STEP);
  const insertVerification = prepareCommand(database, INSERT_VERIFICATION);
  const findVerification = prepareQuery<DeviceVerificationRow>(database, FIND_VERIFICATION);
  const saveVerification = prepareCommand(database, SAVE_VERIFICATION);
  const deleteExpired = prepareCommand(database, DELETE_EXPIRED);
  const deleteEnded = prepareCommand(database, DELETE_ENDED);

  return {
    list,
    insert(device: Device): void {
      const { id, tenantId, subjectId, state, createdAtMs, contentSealed } = device;
      insert(
        id,
        tenantId,
        subjectId,
        state,
        device.lastUsedStep ?? null,
        createdAtMs,
        device.activatedAtMs ?? null,
        device.expiresAtMs ?? null,
        contentSealed,
      );
    },
    remove,
    activate: (id: string, step: number, activatedAtMs: number) => activate(id, step, activatedAtMs) > 0,
    useStep: (id: string, step: number) => useStep(id, step) > 0,
    insertVerification(verification: DeviceVerification): void {
      const { id, tenantId, subjectId, deviceId, state, checkCount, createdAtMs, expiresAtMs } = verification;
      const { checksMax } = verification.details.policy;
      const settledAtMs = verification.settledAtMs ?? null;
      insertVerification(
        id,
        tenantId,
        subjectId,
        deviceId,
        state,
        checkCount,
        checksMax,
        createdAtMs,
        expiresAtMs,
        settledAtMs,
      );
    },
    findVerification(tenantId: string, id: string): DeviceVerification | undefined {
      const row = findVerification.first(id, tenantId);
      return row && toDeviceVerification(row);
    },
    saveVerification: ({ id, checkCount, state, settledAtMs }: DeviceVerificationWrites) =>
      saveVerification(id, checkCount, state, settledAtMs ?? null) > 0,
    deleteStale({ nowMs, beforeMs }: { readonly nowMs: number; readonly beforeMs: number }, limit: number) {
      const expired = deleteExpired(nowMs, limit);
      return expired + (expired < limit ? deleteEnded(beforeMs, limit - expired) : 0);
    },
  };
}

export function createDeviceReads(database: DatabaseSync) {
  const list = prepareQuery<DeviceRow>(database, LIST);
  return {
    list: (tenantId: string, subjectId: string): readonly Device[] =>
      list.all(tenantId, subjectId).map(toDevice),
  };
}
