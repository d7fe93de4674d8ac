/** Deliveries read: single ones with all that an attempt needs, and lists. */
import { DELIVERY_STATES } from '../../core/webhook.ts';
import type { Page } from '../../engine/ports/page.ts';
import type { DeliveryFilter, DeliveryLease, DeliveryWork } from '../../engine/ports/webhook-store.ts';
import {
  type EventRow,
  type MessageRow,
  toEvent,
  toMessage,
  toVerification,
  type VerificationRow,
} from '../rows.ts';
import { type DeliveryRow, type EndpointRow, toDelivery, toEndpoint } from '../webhook-rows.ts';
import { FIND_EVENT } from './events.ts';
import { LAST_ID } from './lists.ts';
import { FIND_MESSAGE } from './messages.ts';
import type { Reader } from './reader.ts';
import { type Call, call, statement } from './statement.ts';
import { FIND_VERIFICATION } from './verifications.ts';
import { DELIVERY_COLUMNS, DELIVERY_DUE_AT } from './webhook-deliveries.ts';
import { ENDPOINT_COLUMNS, findSecrets } from './webhook-endpoints.ts';

const FIND = statement(`SELECT ${DELIVERY_COLUMNS} FROM webhook_deliveries WHERE id = $1 AND tenant_id = $2`);
const FIND_LEASED = statement(`SELECT seq, ${DELIVERY_COLUMNS} FROM webhook_deliveries
  WHERE id = $1 AND lease_node = $2 AND lease_number = $3`);
const FIND_ENDPOINT = statement(`SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints WHERE id = $1`);
const EARLIER = statement(`SELECT ${DELIVERY_DUE_AT} AS due_at_ms FROM webhook_deliveries
  WHERE state = 'pending' AND endpoint_id = $1 AND subject_id = $2 AND seq < $3 ORDER BY seq LIMIT 1`);
const COUNT_PENDING = statement('SELECT count(*) AS count FROM webhook_deliveries WHERE state = $1');
const list = (target: string) =>
  statement(`SELECT ${DELIVERY_COLUMNS} FROM webhook_deliveries
  WHERE tenant_id = $1 AND state = $2 AND id < $3 AND ${target} ORDER BY id DESC LIMIT $4`);
const LIST_OF_ENDPOINT = list('endpoint_id = $5');
const LIST_OF_REQUESTS = list(`endpoint_kind = 'request'`);

export const findDelivery = (tenantId: string, id: string): Call => call(FIND, id, tenantId);

/** One list for each state. */
export function listDeliveries(
  tenantId: string,
  { target, state }: DeliveryFilter,
  { limit, beforeId = LAST_ID }: Page,
): readonly Call[] {
  return (state ? [state] : DELIVERY_STATES).map((each) =>
    target === 'requests'
      ? call(LIST_OF_REQUESTS, tenantId, each, beforeId, limit)
      : call(LIST_OF_ENDPOINT, tenantId, each, beforeId, limit, target.endpointId),
  );
}

export const countPending = (): Call => call(COUNT_PENDING, 'pending');

/** Two round trips: the delivery, then whatever it names, all at once. */
export async function loadDelivery(
  reader: Reader,
  { deliveryId, lease }: DeliveryLease,
): Promise<DeliveryWork | undefined> {
  const row = await reader.first<DeliveryRow & { readonly seq: number }>(
    call(FIND_LEASED, deliveryId, lease.node, lease.number),
  );
  if (!row) return undefined;
  const { tenant_id: tenantId, endpoint_id: endpointId, event_id: eventId, subject_id: subjectId, seq } = row;
  const [endpoint, event, earlier, secrets] = await Promise.all([
    reader.find<EndpointRow, ReturnType<typeof toEndpoint>>(call(FIND_ENDPOINT, endpointId), toEndpoint),
    reader.find<EventRow, ReturnType<typeof toEvent>>(call(FIND_EVENT, eventId, tenantId), toEvent),
    reader.first<{ readonly due_at_ms: number }>(call(EARLIER, endpointId, subjectId, seq)),
    row.endpoint_kind === 'request'
      ? reader.first<{ readonly secrets_sealed: Uint8Array }>(findSecrets(tenantId))
      : undefined,
  ]);
  const { verificationId, messageId } = event ?? {};
  const [verification, message] = await Promise.all([
    verificationId === undefined
      ? undefined
      : reader.find<VerificationRow, ReturnType<typeof toVerification>>(
          call(FIND_VERIFICATION, verificationId, tenantId),
          toVerification,
        ),
    messageId === undefined
      ? undefined
      : reader.find<MessageRow, ReturnType<typeof toMessage>>(
          call(FIND_MESSAGE, messageId, tenantId),
          toMessage,
        ),
  ]);
  return {
    delivery: toDelivery(row),
    endpoint,
    event,
    verification,
    message,
    requestSecretsSealed: secrets?.secrets_sealed,
    earlierDueAtMs: earlier?.due_at_ms,
  };
}
