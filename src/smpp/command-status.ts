/**
 * The one table of SMPP status codes: name, meaning, and what a sender does about it. It does not decide how long to back off
 * or which carrier comes next.
 * @see SMPP 3.4 §5.1.3; SMPP 5.0 §4.7.6 for those marked 5.0
 */

/**
 * permanent: the same message will be refused again. temporary: it may be taken later, or elsewhere now.
 * throttled: send more slowly. bind: the connection, not the message, is at fault; bind anew or mend the settings.
 */
export type StatusClass = 'permanent' | 'temporary' | 'throttled' | 'bind';

export interface CommandStatus {
  readonly code: number;
  readonly name: string;
  readonly meaning: string;
  /** `ok` for 0 alone. */
  readonly class: StatusClass | 'ok';
}

type Row = readonly [code: number, name: string, cls: CommandStatus['class'], meaning: string];

const rows: readonly Row[] = [
  [0x00, 'ESME_ROK', 'ok', 'No error'],
  [0x01, 'ESME_RINVMSGLEN', 'permanent', 'Message length is invalid'],
  [0x02, 'ESME_RINVCMDLEN', 'permanent', 'Command length is invalid'],
  [0x03, 'ESME_RINVCMDID', 'permanent', 'Command is unknown or not supported'],
  [0x04, 'ESME_RINVBNDSTS', 'bind', 'Wrong bind status for this command'],
  [0x05, 'ESME_RALYBND', 'bind', 'Already bound'],
  [0x06, 'ESME_RINVPRTFLG', 'permanent', 'Invalid priority flag'],
  [0x07, 'ESME_RINVREGDLVFLG', 'permanent', 'Invalid registered delivery flag'],
  [0x08, 'ESME_RSYSERR', 'temporary', 'System error'],
  [0x0a, 'ESME_RINVSRCADR', 'permanent', 'Invalid source address'],
  [0x0b, 'ESME_RINVDSTADR', 'permanent', 'Invalid destination address'],
  [0x0c, 'ESME_RINVMSGID', 'permanent', 'Message id is invalid'],
  [0x0d, 'ESME_RBINDFAIL', 'bind', 'Bind failed'],
  [0x0e, 'ESME_RINVPASWD', 'bind', 'Invalid password'],
  [0x0f, 'ESME_RINVSYSID', 'bind', 'Invalid system id'],
  [0x11, 'ESME_RCANCELFAIL', 'permanent', 'Cancelling the message failed'],
  [0x13, 'ESME_RREPLACEFAIL', 'permanent', 'Replacing the message failed'],
  [0x14, 'ESME_RMSGQFUL', 'throttled', 'Message queue is full'],
  [0x15, 'ESME_RINVSERTYP', 'permanent', 'Invalid service type'],
  [0x33, 'ESME_RINVNUMDESTS', 'permanent', 'Invalid number of destinations'],
  [0x34, 'ESME_RINVDLNAME', 'permanent', 'Invalid distribution list name'],
  [0x40, 'ESME_RINVDESTFLAG', 'permanent', 'Destination flag is invalid'],
  [0x42, 'ESME_RINVSUBREP', 'permanent', 'Submit with replace is not supported'],
  [0x43, 'ESME_RINVESMCLASS', 'permanent', 'Invalid esm_class'],
  [0x44, 'ESME_RCNTSUBDL', 'permanent', 'Cannot submit to the distribution list'],
  [0x45, 'ESME_RSUBMITFAIL', 'temporary', 'Submit failed, without a reason'],
  [0x48, 'ESME_RINVSRCTON', 'permanent', 'Invalid type of number of the source'],
  [0x49, 'ESME_RINVSRCNPI', 'permanent', 'Invalid numbering plan of the source'],
  [0x50, 'ESME_RINVDSTTON', 'permanent', 'Invalid type of number of the destination'],
  [0x51, 'ESME_RINVDSTNPI', 'permanent', 'Invalid numbering plan of the destination'],
  [0x53, 'ESME_RINVSYSTYP', 'bind', 'Invalid system type'],
  [0x54, 'ESME_RINVREPFLAG', 'permanent', 'Invalid replace_if_present flag'],
  [0x55, 'ESME_RINVNUMMSGS', 'permanent', 'Invalid number of messages'],
  [0x58, 'ESME_RTHROTTLED', 'throttled', 'More messages than allowed in the time'],
  [0x61, 'ESME_RINVSCHED', 'permanent', 'Invalid scheduled delivery time'],
  [0x62, 'ESME_RINVEXPIRY', 'permanent', 'Invalid validity period'],
  [0x63, 'ESME_RINVDFTMSGID', 'permanent', 'Predefined message is invalid or not found'],
  [0x64, 'ESME_RX_T_APPN', 'temporary', 'Receiver reports a temporary error'],
  [0x65, 'ESME_RX_P_APPN', 'permanent', 'Receiver reports a permanent error'],
  [0x66, 'ESME_RX_R_APPN', 'permanent', 'Receiver rejects the message'],
  [0x67, 'ESME_RQUERYFAIL', 'temporary', 'Query failed'],
  [0xc0, 'ESME_RINVOPTPARSTREAM', 'permanent', 'Error in the optional part of the PDU'],
  [0xc1, 'ESME_ROPTPARNOTALLWD', 'permanent', 'Optional parameter is not allowed'],
  [0xc2, 'ESME_RINVPARLEN', 'permanent', 'Invalid parameter length'],
  [0xc3, 'ESME_RMISSINGOPTPARAM', 'permanent', 'An expected optional parameter is missing'],
  [0xc4, 'ESME_RINVOPTPARAMVAL', 'permanent', 'Invalid optional parameter value'],
  [0xfe, 'ESME_RDELIVERYFAILURE', 'permanent', 'Delivery failed (transaction mode)'],
  [0xff, 'ESME_RUNKNOWNERR', 'temporary', 'Unknown error'],
  [0x100, 'ESME_RSERTYPUNAUTH', 'permanent', 'Not authorised for the service type (5.0)'],
  [0x101, 'ESME_RPROHIBITED', 'permanent', 'Not allowed to do this (5.0)'],
  [0x102, 'ESME_RSERTYPUNAVAIL', 'temporary', 'Service type is not available (5.0)'],
  [0x103, 'ESME_RSERTYPDENIED', 'permanent', 'Service type is denied (5.0)'],
  [0x104, 'ESME_RINVDCS', 'permanent', 'Invalid data coding (5.0)'],
  [0x105, 'ESME_RINVSRCADDRSUBUNIT', 'permanent', 'Invalid source subunit (5.0)'],
  [0x106, 'ESME_RINVDSTADDRSUBUNIT', 'permanent', 'Invalid destination subunit (5.0)'],
  [0x107, 'ESME_RINVBCASTFREQINT', 'permanent', 'Invalid broadcast interval (5.0)'],
  [0x108, 'ESME_RINVBCASTALIAS_NAME', 'permanent', 'Invalid broadcast alias (5.0)'],
  [0x109, 'ESME_RINVBCASTAREAFMT', 'permanent', 'Invalid broadcast area format (5.0)'],
  [0x10a, 'ESME_RINVNUMBCAST_AREAS', 'permanent', 'Invalid number of broadcast areas (5.0)'],
  [0x10b, 'ESME_RINVBCASTCNTTYPE', 'permanent', 'Invalid broadcast content type (5.0)'],
  [0x10c, 'ESME_RINVBCASTMSGCLASS', 'permanent', 'Invalid broadcast message class (5.0)'],
  [0x10d, 'ESME_RBCASTFAIL', 'temporary', 'Broadcast failed (5.0)'],
  [0x10e, 'ESME_RBCASTQUERYFAIL', 'temporary', 'Broadcast query failed (5.0)'],
  [0x10f, 'ESME_RBCASTCANCELFAIL', 'temporary', 'Broadcast cancel failed (5.0)'],
  [0x110, 'ESME_RINVBCAST_REP', 'permanent', 'Invalid number of broadcast repetitions (5.0)'],
  [0x111, 'ESME_RINVBCASTSRVGRP', 'permanent', 'Invalid broadcast service group (5.0)'],
  [0x112, 'ESME_RINVBCASTCHANIND', 'permanent', 'Invalid broadcast channel indicator (5.0)'],
];

export const COMMAND_STATUSES: readonly CommandStatus[] = rows.map(([code, name, cls, meaning]) => ({
  code,
  name,
  class: cls,
  meaning,
}));

const byCode: ReadonlyMap<number, CommandStatus> = new Map(COMMAND_STATUSES.map((row) => [row.code, row]));

const VENDOR_FIRST = 0x400;
const VENDOR_LAST = 0x4ff;

/**
 * The row of a code. A vendor's own or unknown code is temporary: to call a passing fault permanent would
 * give up a carrier that works, whereas a lasting one called temporary costs some tries.
 */
export function commandStatusOf(code: number): CommandStatus {
  const known = byCode.get(code);
  if (known !== undefined) return known;
  const hex = `0x${code.toString(16).padStart(8, '0')}`;
  const isVendors = code >= VENDOR_FIRST && code <= VENDOR_LAST;
  const meaning = isVendors ? "Vendor's own error" : 'Reserved error code';
  return { code, name: hex, meaning, class: 'temporary' };
}

/** Codes that this library answers with by itself, and that its users compare with. */
export const ESME_ROK = 0x00;
export const ESME_RINVCMDID = 0x03;
export const ESME_RINVBNDSTS = 0x04;
export const ESME_RALYBND = 0x05;
export const ESME_RSYSERR = 0x08;
export const ESME_RBINDFAIL = 0x0d;
export const ESME_RINVPASWD = 0x0e;
export const ESME_RINVSYSID = 0x0f;
export const ESME_RMSGQFUL = 0x14;
export const ESME_RTHROTTLED = 0x58;
export const ESME_RINVEXPIRY = 0x62;
export const ESME_RX_T_APPN = 0x64;
export const ESME_RUNKNOWNERR = 0xff;
