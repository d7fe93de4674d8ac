/** Every misbehaviour that a client must survive, for whatever suite runs them. */

import { answersLate } from './answers-late.ts';
import { answersOutOfOrder } from './answers-out-of-order.ts';
import { answersTwice } from './answers-twice.ts';
import { answersTwiceDifferently } from './answers-twice-differently.ts';
import { bindsAsOtherCommand } from './binds-as-other-command.ts';
import { bodylessSuccess } from './bodyless-success.ts';
import { byteAtATime } from './byte-at-a-time.ts';
import { closesMidWindow } from './closes-mid-window.ts';
import { closesOnConnect } from './closes-on-connect.ts';
import { duplicateReceipts } from './duplicate-receipts.ts';
import { emptyMessageId } from './empty-message-id.ts';
import { floodsDeliverSm } from './floods-deliver-sm.ts';
import { floodsEnquireLink } from './floods-enquire-link.ts';
import { garbageBytes } from './garbage-bytes.ts';
import { genericNackToEverything } from './generic-nack-to-everything.ts';
import { halfOpen } from './half-open.ts';
import { hexIdInResponseDecimalInReceipt } from './hex-id-in-response-decimal-in-receipt.ts';
import { longCommandLength } from './long-command-length.ts';
import { malformedTlv } from './malformed-tlv.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { nackWithStatusZero } from './nack-with-status-zero.ts';
import { nacksBind } from './nacks-bind.ts';
import { neverAnswersBind } from './never-answers-bind.ts';
import { neverAnswersEnquireLink } from './never-answers-enquire-link.ts';
import { neverAnswersSubmit } from './never-answers-submit.ts';
import { oddTlvs } from './odd-tlvs.ts';
import { onlyUnknownCommands } from './only-unknown-commands.ts';
import { outbindFirst } from './outbind-first.ts';
import { oversizedCommandLength } from './oversized-command-length.ts';
import { queueFull } from './queue-full.ts';
import { receiptBeforeResponse } from './receipt-before-response.ts';
import { receiptForUnknownId } from './receipt-for-unknown-id.ts';
import { receiptWithoutId } from './receipt-without-id.ts';
import { refusesBind } from './refuses-bind.ts';
import { sameIdForAll } from './same-id-for-all.ts';
import { shortCommandLength } from './short-command-length.ts';
import { slowReader } from './slow-reader.ts';
import { speaksHttp } from './speaks-http.ts';
import { strayDeliverSm } from './stray-deliver-sm.ts';
import { submitsToClient } from './submits-to-client.ts';
import { throttles } from './throttles.ts';
import { tinyCommandLength } from './tiny-command-length.ts';
import { truncatedPdu } from './truncated-pdu.ts';
import { unbindsAndAnswers } from './unbinds-and-answers.ts';
import { unbindsMidWindow } from './unbinds-mid-window.ts';
import { unknownCommand } from './unknown-command.ts';
import { unsolicitedResponses } from './unsolicited-responses.ts';
import { unterminatedMessageId } from './unterminated-message-id.ts';
import { vendorStatus } from './vendor-status.ts';
import { wrongResponseCommand } from './wrong-response-command.ts';
import { wrongSequenceNumber } from './wrong-sequence-number.ts';
import { zeroCommandLength } from './zero-command-length.ts';

export const MISBEHAVIOURS: readonly Misbehaviour[] = [
  answersLate,
  answersOutOfOrder,
  answersTwice,
  answersTwiceDifferently,
  bindsAsOtherCommand,
  bodylessSuccess,
  byteAtATime,
  closesMidWindow,
  closesOnConnect,
  duplicateReceipts,
  emptyMessageId,
  floodsDeliverSm,
  floodsEnquireLink,
  garbageBytes,
  genericNackToEverything,
  halfOpen,
  hexIdInResponseDecimalInReceipt,
  longCommandLength,
  malformedTlv,
  nackWithStatusZero,
  nacksBind,
  neverAnswersBind,
  neverAnswersEnquireLink,
  neverAnswersSubmit,
  oddTlvs,
  onlyUnknownCommands,
  outbindFirst,
  oversizedCommandLength,
  queueFull,
  receiptBeforeResponse,
  receiptForUnknownId,
  receiptWithoutId,
  refusesBind,
  sameIdForAll,
  shortCommandLength,
  slowReader,
  speaksHttp,
  strayDeliverSm,
  submitsToClient,
  throttles,
  tinyCommandLength,
  truncatedPdu,
  unbindsAndAnswers,
  unbindsMidWindow,
  unknownCommand,
  unsolicitedResponses,
  unterminatedMessageId,
  vendorStatus,
  wrongResponseCommand,
  wrongSequenceNumber,
  zeroCommandLength,
];
