import { EngineError } from '../core/errors.ts';
import { NATIVE_POLICY } from '../core/policy.ts';
import type { Principal } from '../core/principal.ts';
import type { Verification } from '../core/verification.ts';
import { parseUuid } from '../lib/uuid.ts';
import { readAddress } from './address.ts';
import type { PageOf, PageQuery } from './commands.ts';
import type { EngineContext } from './context.ts';
import type { VerificationListFilter } from './engine.ts';
import { pageOfMode } from './paging.ts';
import type { Page } from './ports.ts';
import { openTo, toVerificationView, type VerificationView } from './views.ts';

/** A malformed id is looked up like any other, as one that no row has, so that it takes as long and looks the same. */
const NO_ID = '00000000-0000-0000-0000-000000000000';
export function idOrNone(id: string): string {
  return parseUuid(id) ?? NO_ID;
}

export function notFound(): EngineError {
  return new EngineError('not_found', 'There is no such resource.');
}

/** What keys of the other mode began is nothing that the caller has. @throws EngineError `not_found` */
export async function loadOwn(
  context: EngineContext,
  principal: Principal,
  id: string,
): Promise<Verification> {
  const verification = await context.store.findVerification(principal.tenant.id, idOrNone(id));
  if (verification?.mode !== principal.mode) throw notFound();
  return verification;
}

export async function getVerification(
  context: EngineContext,
  principal: Principal,
  id: string,
): Promise<VerificationView> {
  const verification = await loadOwn(context, principal, id);
  const messages = await context.store.listMessages(
    principal.tenant.id,
    { verificationId: verification.id },
    { limit: MESSAGES_PER_VERIFICATION_MAX },
  );
  return toVerificationView(
    verification,
    openTo(verification, context.keyring),
    messages.toReversed(),
    context.clock(),
  );
}

/** More than `sendsMax` and its fallbacks can ever be. */
const MESSAGES_PER_VERIFICATION_MAX = 100;

export async function listVerifications(
  context: EngineContext,
  principal: Principal,
  filter: VerificationListFilter,
  query: PageQuery,
): Promise<PageOf<VerificationView>> {
  const { store, keyring, clock } = context;
  const recipientId = filter.to === undefined ? undefined : recipientIdFor(context, principal, filter.to);
  const list = (page: Page) =>
    store.listVerifications(principal.tenant.id, { state: filter.state, recipientId }, page);
  return pageOfMode(principal.mode, list, query, (row) =>
    toVerificationView(row, openTo(row, keyring), undefined, clock()),
  );
}

/** The recipient that an address stands for, whether or not anything was ever sent to it. */
export function recipientIdFor(context: EngineContext, principal: Principal, to: string): string {
  const channel = to.includes('@') ? 'email' : 'sms';
  const policy = { ...NATIVE_POLICY, numberStrictness: 'syntax' } as const;
  return readAddress(to, channel, policy, principal, context.keyring).recipientId;
}
