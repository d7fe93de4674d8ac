/**
 * Every PDU of SMPP 3.4 (§4) as a table: command id and mandatory fields in wire order. The types of the fields follow from the
 * table. Optional parameters stand in tlvs.ts; 5.0's broadcast commands are deliberately absent and are answered as unknown.
 */

import type { Field } from './pdu-fields.ts';
import { cString, destinations, messageId, shortMessage, uint8, unsuccessful } from './pdu-fields.ts';

export interface Layout {
  readonly id: number;
  readonly fields: readonly Field<string, unknown>[];
}

function layout<const F extends readonly Field<string, unknown>[]>(
  id: number,
  ...fields: F
): {
  readonly id: number;
  readonly fields: F;
} {
  return { id, fields };
}

/**
 * §4.1 gives system_id 16 octets and password 9. Operators hand out longer ones and common stacks accept them,
 * so the bound is only that of a sane line.
 */
const CREDENTIAL_OCTETS_MAX = 65;

/** Interface version 3.4. Peers of 5.0 (0x50) accept it and answer in kind. */
export const INTERFACE_VERSION = 0x34;

const source = (octetsMax = 21) =>
  [uint8('sourceAddrTon'), uint8('sourceAddrNpi'), cString('sourceAddr', octetsMax)] as const;
const destination = (octetsMax = 21) =>
  [uint8('destAddrTon'), uint8('destAddrNpi'), cString('destinationAddr', octetsMax)] as const;

const bind = [
  cString('systemId', CREDENTIAL_OCTETS_MAX),
  cString('password', CREDENTIAL_OCTETS_MAX),
  cString('systemType', 13),
  uint8('interfaceVersion', INTERFACE_VERSION),
  uint8('addrTon'),
  uint8('addrNpi'),
  cString('addressRange', 41),
] as const;
const bindResp = [cString('systemId', CREDENTIAL_OCTETS_MAX)] as const;

const shortMessageTail = [
  uint8('esmClass'),
  uint8('protocolId'),
  uint8('priorityFlag'),
  cString('scheduleDeliveryTime', 17),
  cString('validityPeriod', 17),
  uint8('registeredDelivery'),
  uint8('replaceIfPresentFlag'),
  uint8('dataCoding'),
  uint8('smDefaultMsgId'),
  shortMessage(),
] as const;
const shortMessagePdu = [
  cString('serviceType', 6),
  ...source(),
  ...destination(),
  ...shortMessageTail,
] as const;

export const LAYOUTS = {
  generic_nack: layout(0x80000000),
  bind_receiver: layout(0x00000001, ...bind),
  bind_receiver_resp: layout(0x80000001, ...bindResp),
  bind_transmitter: layout(0x00000002, ...bind),
  bind_transmitter_resp: layout(0x80000002, ...bindResp),
  query_sm: layout(0x00000003, messageId(), ...source()),
  query_sm_resp: layout(
    0x80000003,
    messageId(),
    cString('finalDate', 17),
    uint8('messageState'),
    uint8('errorCode'),
  ),
  submit_sm: layout(0x00000004, ...shortMessagePdu),
  submit_sm_resp: layout(0x80000004, messageId()),
  deliver_sm: layout(0x00000005, ...shortMessagePdu),
  deliver_sm_resp: layout(0x80000005, messageId()),
  unbind: layout(0x00000006),
  unbind_resp: layout(0x80000006),
  replace_sm: layout(
    0x00000007,
    messageId(),
    ...source(),
    cString('scheduleDeliveryTime', 17),
    cString('validityPeriod', 17),
    uint8('registeredDelivery'),
    uint8('smDefaultMsgId'),
    shortMessage(),
  ),
  replace_sm_resp: layout(0x80000007),
  cancel_sm: layout(0x00000008, cString('serviceType', 6), messageId(), ...source(), ...destination()),
  cancel_sm_resp: layout(0x80000008),
  bind_transceiver: layout(0x00000009, ...bind),
  bind_transceiver_resp: layout(0x80000009, ...bindResp),
  outbind: layout(
    0x0000000b,
    cString('systemId', CREDENTIAL_OCTETS_MAX),
    cString('password', CREDENTIAL_OCTETS_MAX),
  ),
  enquire_link: layout(0x00000015),
  enquire_link_resp: layout(0x80000015),
  submit_multi: layout(
    0x00000021,
    cString('serviceType', 6),
    ...source(),
    destinations(),
    ...shortMessageTail,
  ),
  submit_multi_resp: layout(0x80000021, messageId(), unsuccessful()),
  alert_notification: layout(
    0x00000102,
    ...source(65),
    uint8('esmeAddrTon'),
    uint8('esmeAddrNpi'),
    cString('esmeAddr', 65),
  ),
  data_sm: layout(
    0x00000103,
    cString('serviceType', 6),
    ...source(65),
    ...destination(65),
    uint8('esmClass'),
    uint8('registeredDelivery'),
    uint8('dataCoding'),
  ),
  data_sm_resp: layout(0x80000103, messageId()),
} as const satisfies Record<string, Layout>;

export type CommandName = keyof typeof LAYOUTS;
type FieldOf<C extends CommandName> = (typeof LAYOUTS)[C]['fields'][number];

/** The mandatory fields of a command, named after the specification's in camel case. */
export type FieldsOf<C extends CommandName> = {
  readonly [F in FieldOf<C> as F['name']]: F['initial'];
};

/** Commands that are answered, with the command that answers them. */
export type RequestName = {
  [C in CommandName]: `${C}_resp` extends CommandName ? C : never;
}[CommandName];
export type ResponseName<C extends RequestName = RequestName> = Extract<CommandName, `${C}_resp`>;

/** §5.1.2: bit 31 marks a response; generic_nack is one. */
export const RESPONSE_BIT = 0x80000000;
