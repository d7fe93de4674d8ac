import { createAccessTokens } from './access-tokens.ts';
import { createAuthenticate } from './authenticate.ts';
import { getBalance, listLedger, setDailyCap, topUp } from './balance.ts';
import { cancelVerification } from './cancel-verification.ts';
import { activateDevice, checkDevice } from './check-device.ts';
import { checkNewest } from './check-newest.ts';
import { checkVerification } from './check-verification.ts';
import type { EngineContext } from './context.ts';
import type { DeviceOperations } from './device-operations.ts';
import type { Engine } from './engine.ts';
import { enrollDevice } from './enroll-device.ts';
import { createKeyMemory } from './key-memory.ts';
import { liftBlock } from './lift-block.ts';
import {
  deleteDevice,
  deleteDevices,
  getDevice,
  getEnrollmentUri,
  liftSubjectBlock,
  listDevices,
} from './read-devices.ts';
import { getEvent, getMessageView, listEvents, listMessages } from './read-messages.ts';
import { getVerification, listVerifications } from './read-verifications.ts';
import { sendAgain } from './send-again.ts';
import { sendMessage } from './send-message.ts';
import { createSessions } from './sessions.ts';
import { createSigningKeys } from './signing-keys.ts';
import { startDisclosedVerification } from './start-disclosed-verification.ts';
import { startVerification } from './start-verification.ts';
import { deleteTemplate, getTemplate, saveTemplate } from './templates.ts';
import { checkDeviceVerification, startDeviceVerification } from './verify-device.ts';
import * as deliveries from './webhook-deliveries.ts';
import * as endpoints from './webhook-endpoints.ts';

/** Where `npm start` serves. */
const DEFAULT_PUBLIC_URL = 'http://127.0.0.1:6877';

/** Binds the use cases to what they work with. */
export function createEngine(context: EngineContext): Engine {
  const { store, clock, publicUrl: issuer = DEFAULT_PUBLIC_URL } = context;
  const remember = createKeyMemory(clock);
  const keys = createSigningKeys(context);
  const tokens = createAccessTokens({ ...context, issuer, keys, remember });
  const sessions = createSessions({ ...context, issuer, keys }, tokens);
  return {
    ...createDeviceOperations(context),
    authenticate: createAuthenticate(store, remember),
    issueAccessToken: tokens.issue,
    authenticateToken: tokens.authenticate,
    issueSession: sessions.issue,
    readBearer: sessions.readBearer,
    publishedKeys: keys.published,
    startVerification: (principal, command) => startVerification(context, principal, command),
    startDisclosedVerification: (principal, command) =>
      startDisclosedVerification(context, principal, command),
    sendAgain: (principal, command) => sendAgain(context, principal, command),
    checkVerification: (principal, command) => checkVerification(context, principal, command),
    checkNewest: (principal, command) => checkNewest(context, principal, command),
    cancelVerification: (principal, id) => cancelVerification(context, principal, id),
    getVerification: (principal, id) => getVerification(context, principal, id),
    listVerifications: (principal, filter, page) => listVerifications(context, principal, filter, page),
    sendMessage: (principal, command) => sendMessage(context, principal, command),
    getMessage: (principal, id) => getMessageView(context, principal, id),
    listMessages: (principal, filter, page) => listMessages(context, principal, filter, page),
    getEvent: (principal, id) => getEvent(context, principal, id),
    listEvents: (principal, filter, page) => listEvents(context, principal, filter, page),
    saveTemplate: (principal, template) => saveTemplate(context, principal, template),
    getTemplate: (principal, name) => getTemplate(context, principal, name),
    listTemplates: (principal) => context.store.listTemplates(principal.tenant.id),
    deleteTemplate: (principal, name) => deleteTemplate(context, principal, name),
    getBalance: ({ tenant }) => getBalance(context, tenant.id),
    topUp: ({ tenant }, amountMicros, reference) =>
      topUp(context, { tenantId: tenant.id, amountMicros, reference }),
    setDailyCap: ({ tenant }, dailyCapMicros) => setDailyCap(context, tenant.id, dailyCapMicros),
    listLedger: (principal, page) => listLedger(context, principal, page),
    liftBlock: (principal, to) => liftBlock(context, principal, to),
    createWebhookEndpoint: (principal, input) => endpoints.createEndpoint(context, principal, input),
    getWebhookEndpoint: (principal, id) => endpoints.getEndpoint(context, principal, id),
    listWebhookEndpoints: (principal) => endpoints.listEndpoints(context, principal),
    updateWebhookEndpoint: (principal, id, change) =>
      endpoints.updateEndpoint(context, principal, id, change),
    deleteWebhookEndpoint: (principal, id) => endpoints.deleteEndpoint(context, principal, id),
    rotateWebhookSecret: (principal, id) => endpoints.rotateSecret(context, principal, id),
    testWebhookEndpoint: (principal, id) => endpoints.testEndpoint(context, principal, id),
    listWebhookDeliveries: (principal, id, filter, page) =>
      deliveries.listDeliveries(context, principal, id, filter, page),
    replayWebhooks: (principal, id, command) => deliveries.replay(context, principal, id, command),
  };
}

function createDeviceOperations(context: EngineContext): DeviceOperations {
  return {
    enrollDevice: (principal, command) => enrollDevice(context, principal, command),
    activateDevice: (principal, command) => activateDevice(context, principal, command),
    checkDevice: (principal, command) => checkDevice(context, principal, command),
    listDevices: (principal, subject) => listDevices(context, principal, subject),
    getDevice: (principal, subject, device) => getDevice(context, principal, subject, device),
    getEnrollmentUri: (principal, subject, device) => getEnrollmentUri(context, principal, subject, device),
    deleteDevice: (principal, subject, device) => deleteDevice(context, principal, subject, device),
    deleteDevices: (principal, subject) => deleteDevices(context, principal, subject),
    liftSubjectBlock: (principal, subject) => liftSubjectBlock(context, principal, subject),
    startDeviceVerification: (principal, command) => startDeviceVerification(context, principal, command),
    checkDeviceVerification: (principal, command) => checkDeviceVerification(context, principal, command),
  };
}
