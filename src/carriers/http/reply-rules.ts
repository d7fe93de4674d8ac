/** What a reply means, by the rules in the settings. */
import type { AggregatorReply, PreparedRequest } from '../kit/http-carrier.ts';
import { parseJsonPath, textAt } from '../kit/json-value.ts';
import { type ErrorClass, statusVerdict, toReason, UNREADABLE, type Verdict } from '../kit/verdict.ts';
import { type HttpSettings, isOneOf } from './settings.ts';

type ErrorRules = NonNullable<HttpSettings['errors']>;
const CLASSES = ['permanent', 'temporary', 'throttled', 'account'] as const satisfies readonly ErrorClass[];

/** A code, not a sentence that quotes the number or the text. */
const PLAIN_CODE = /^(?!.*\d{7})[A-Za-z0-9_.-]{1,40}$/;

export function readByRules(
  settings: HttpSettings,
  reply: AggregatorReply,
  request: PreparedRequest,
): Verdict {
  const { success = {}, errors = {} } = settings;
  const { status, body = '' } = reply;
  const code = codeOf(errors, reply);
  const mayBeYes = success.statuses?.includes(status) ?? (status >= 200 && status < 300);
  if (!mayBeYes) return verdictOfCode(errors, code, statusVerdict(status));

  const readsJson = success.path !== undefined || success.idPath !== undefined;
  if (readsJson && reply.json === undefined) return UNREADABLE;
  const word = success.path === undefined ? undefined : at(reply, success.path);
  const isYes =
    (success.path === undefined || isOneOf(word, success.values)) &&
    (success.pattern === undefined || new RegExp(success.pattern).test(body));
  if (!isYes) {
    const hasSaidNo =
      word !== undefined || code !== undefined || (success.pattern !== undefined && body !== '');
    return hasSaidNo ? verdictOfCode(errors, code ?? word, REFUSED) : UNREADABLE;
  }
  const messageId = idOf(success, reply) ?? (hasOwnIds(success) ? request.ownId : undefined);
  return messageId === undefined ? UNREADABLE : { kind: 'accepted', carrierMessageIds: [messageId] };
}

/** It has said no, and not why. */
const REFUSED: Verdict = { kind: 'error', class: 'permanent', reason: 'refused' };

type SuccessRules = NonNullable<HttpSettings['success']>;

function hasOwnIds({ idPath, idPattern }: SuccessRules): boolean {
  return idPath === undefined && idPattern === undefined;
}

function idOf({ idPath, idPattern }: SuccessRules, reply: AggregatorReply): string | undefined {
  if (idPath !== undefined) return at(reply, idPath);
  if (idPattern === undefined) return undefined;
  return new RegExp(idPattern).exec(reply.body ?? '')?.[1] || undefined;
}

function codeOf({ path, pattern }: ErrorRules, reply: AggregatorReply): string | undefined {
  if (path !== undefined) return at(reply, path);
  return pattern === undefined ? undefined : new RegExp(pattern).exec(reply.body ?? '')?.[1] || undefined;
}

function verdictOfCode(errors: ErrorRules, code: string | undefined, fallback: Verdict): Verdict {
  if (fallback.kind === 'accepted' || code === undefined) return fallback;
  const known = CLASSES.find((candidate) => isOneOf(code, errors[candidate]));
  const isPlain = known !== undefined || PLAIN_CODE.test(code);
  return {
    kind: 'error',
    class: known ?? fallback.class,
    reason: isPlain ? toReason('code', code) : fallback.reason,
  };
}

function at(reply: AggregatorReply, path: string): string | undefined {
  return textAt(reply.json, ...(parseJsonPath(path) ?? []));
}
