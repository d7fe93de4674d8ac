/**
 * The façade: all that dialects, ops routes and the command line may ask. Each method is one use case in a file of
 * its own. It knows no HTTP and no vendor.
 *
 * Every method may throw `EngineError`; the codes it can carry are named where they are not obvious.
 */
import type { Event } from '../core/events.ts';
import type { LedgerEntry } from '../core/ledger.ts';
import type { Principal } from '../core/principal.ts';
import type { TemplateInput, TenantTemplate } from '../core/tenant-template.ts';
import type { CheckOutcomeKind } from '../core/verification.ts';
import type { AccessToken } from './access-tokens.ts';
import type { BalanceView } from './balance.ts';
import type {
  CheckCommand,
  CheckNewestCommand,
  DisclosedStartCommand,
  MessageCommand,
  PageOf,
  PageQuery,
  SendAgainCommand,
  StartCommand,
} from './commands.ts';
import type { DeviceOperations } from './device-operations.ts';
import type { EventFilter, MessageFilter, VerificationFilter } from './ports.ts';
import type { BearerReading, SessionCommand, SessionReply } from './sessions.ts';
import type { KeySet } from './signing-keys.ts';
import type { MessageView, VerificationView } from './views.ts';
import type { WebhookUseCases } from './webhook-commands.ts';

export type { Session } from '../core/session.ts';
export type { AccessToken } from './access-tokens.ts';
export type { BalanceView } from './balance.ts';
export type {
  CheckCommand,
  CheckNewestCommand,
  DisclosedStartCommand,
  Idempotency,
  MessageCommand,
  PageOf,
  PageQuery,
  SendAgainCommand,
  StartCommand,
  TextChoice,
  WebhookChoice,
} from './commands.ts';
export type {
  ActivateCommand,
  DeviceCheckOutcome,
  DeviceCheckReply,
  DeviceCodeCommand,
  DeviceOperations,
  DeviceRef,
  DeviceVerificationCommand,
  DeviceVerificationReply,
  DeviceVerificationView,
  DeviceView,
  EnrollCommand,
  EnrolledDevice,
} from './device-operations.ts';
export type { EventFilter, MessageFilter, VerificationFilter } from './ports.ts';
export type { BearerReading, SessionCommand, SessionReply } from './sessions.ts';
export type { KeySet } from './signing-keys.ts';
export type { MessageView, VerificationView, Warning } from './views.ts';
export type {
  DeliveryListFilter,
  DeliveryView,
  EndpointChange,
  EndpointInput,
  EndpointView,
  ReplayCommand,
  ReplayReply,
  WebhookUseCases,
} from './webhook-commands.ts';

export interface Engine extends DeviceOperations, WebhookUseCases {
  /**
   * Who holds this secret, if its tenant is also the one named beside it. Cached for seconds.
   * Undefined for unknown, revoked and mismatched alike.
   */
  authenticate(credentials: Credentials): Promise<Principal | undefined>;

  /**
   * A token that stands for this key for two hours.
   *
   * @param scopes fewer than the key has; `scope_missing` where it lacks one
   */
  issueAccessToken(principal: Principal, scopes?: readonly string[]): Promise<AccessToken>;
  /** Whom an access token stands for. Revoking its key makes it `invalid` within two seconds. */
  authenticateToken(token: string): Promise<Principal | 'expired' | 'invalid'>;
  /** After a right code: a new session, or one that `readBearer` gave with the factor joined. */
  issueSession(principal: Principal, command: SessionCommand): Promise<SessionReply>;
  /** What a Bearer is that comes beside a client's own credentials. */
  readBearer(principal: Principal, token: string): Promise<BearerReading>;
  /** The public keys by which anybody verifies our tokens. */
  publishedKeys(): Promise<KeySet>;

  /** Resolves after the commit and does not wait for the carrier. */
  startVerification(principal: Principal, command: StartCommand): Promise<StartReply>;
  /** The same, for the one vendor whose contract is to tell the caller the code. */
  startDisclosedVerification(
    principal: Principal,
    command: DisclosedStartCommand,
  ): Promise<DisclosedStartReply>;
  sendAgain(principal: Principal, command: SendAgainCommand): Promise<StartReply>;
  /**
   * @throws EngineError `invalid_request` for what is no code at all, before any look-up; `not_found` for an unknown,
   * malformed or another tenant's id; `recipient_blocked`, `recipient_disabled` where the failure budget is spent
   */
  checkVerification(principal: Principal, command: CheckCommand): Promise<CheckReply>;
  /**
   * The same for the newest pending verification that the caller's mode has of a recipient and purpose; where none is
   * pending, the outcome is that of the newest settled one.
   *
   * @throws EngineError as `checkVerification`; `not_found` for a recipient to whom no code was sent
   */
  checkNewest(principal: Principal, command: CheckNewestCommand): Promise<CheckReply>;
  /** A settled verification is returned as it is when it was canceled, else `verification_settled`. */
  cancelVerification(principal: Principal, verificationId: string): Promise<VerificationView>;
  getVerification(principal: Principal, verificationId: string): Promise<VerificationView>;
  listVerifications(
    principal: Principal,
    filter: VerificationListFilter,
    page: PageQuery,
  ): Promise<PageOf<VerificationView>>;

  sendMessage(principal: Principal, command: MessageCommand): Promise<MessageReply>;
  getMessage(principal: Principal, messageId: string): Promise<MessageView>;
  listMessages(principal: Principal, filter: MessageFilter, page: PageQuery): Promise<PageOf<MessageView>>;

  getEvent(principal: Principal, eventId: string): Promise<Event>;
  /** Newest first; the timeline of a verification is this list with its id as the filter. */
  listEvents(principal: Principal, filter: EventFilter, page: PageQuery): Promise<PageOf<Event>>;

  /** Validates and stores; `invalid_template` names what is wrong and where. */
  saveTemplate(principal: Principal, template: TemplateInput): Promise<TenantTemplate>;
  getTemplate(principal: Principal, name: string): Promise<TenantTemplate>;
  listTemplates(principal: Principal): Promise<readonly TenantTemplate[]>;
  deleteTemplate(principal: Principal, name: string): Promise<void>;

  getBalance(principal: Principal): Promise<BalanceView>;
  /** Opens the tenant's balance with the first; negative amounts correct earlier ones. */
  topUp(principal: Principal, amountMicros: number, reference?: string): Promise<BalanceView>;
  /** Undefined lifts the cap. @throws EngineError `conflict` for a tenant with no balance */
  setDailyCap(principal: Principal, dailyCapMicros: number | undefined): Promise<BalanceView>;
  listLedger(principal: Principal, page: PageQuery): Promise<PageOf<LedgerEntry>>;

  /** Clears the failure budget of an address: the operator's or tenant's way to lift a block. */
  liftBlock(principal: Principal, to: string): Promise<void>;
}

export interface Credentials {
  readonly secret: string;
  /** Where the wire names the tenant as well, it has to be the key's own. */
  readonly tenantId?: string;
  readonly email?: string;
}

export interface StartReply {
  readonly verification: VerificationView;
  /** The message that this call ordered. */
  readonly message: MessageView;
  /** True where an idempotent retry found the earlier answer. */
  readonly isReplay: boolean;
}

export interface DisclosedStartReply extends StartReply {
  readonly code: string;
}

export interface CheckReply {
  readonly outcome: CheckOutcomeKind;
  readonly checksLeft: number;
  readonly verification: VerificationView;
}

export interface MessageReply {
  readonly message: MessageView;
  readonly isReplay: boolean;
}

export interface VerificationListFilter extends Pick<VerificationFilter, 'state'> {
  /** As the caller wrote it. */
  readonly to?: string;
}
