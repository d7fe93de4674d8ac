/** Starts a verification and sees its message on its way, by a running server where there is one. */
import type { MessageChannel } from '../core/channel.ts';
import type { Message } from '../core/delivery.ts';
import type { Principal } from '../core/principal.ts';
import { nativePolicyOf } from '../core/tenant-settings.ts';
import type { MessageView, VerificationView } from '../engine/engine.ts';
import type { Store } from '../engine/ports.ts';
import { sleep, systemTimers } from '../lib/time.ts';
import type { CliIo } from './cli-io.ts';
import { operatorOf, withEngine } from './with-engine.ts';

export interface SendRequest {
  readonly to: string;
  readonly channel?: MessageChannel;
  readonly tenant?: string;
}

export interface SendResult {
  readonly verification: VerificationView;
  readonly message: MessageView;
  /** What a handset of this process received, which no page shows. */
  readonly handsetText?: string;
}

/** A running server polls twice a second; in this time it would have begun. */
const SERVER_WAIT_MS = 1_500;
/** A submit takes at most twenty seconds. */
const ANSWER_WAIT_MS = 25_000;
const LOOK_MS = 100;

export async function sendCode(io: CliIo, { to, channel, tenant }: SendRequest): Promise<SendResult> {
  const started = await withEngine(io, { sends: false }, async ({ engine, store, context }) => {
    const principal = await operatorOf(store, tenant);
    const reply = await engine.startVerification(principal, {
      dialect: 'native',
      to,
      channel: channel ?? (to.includes('@') ? 'email' : 'sms'),
      policy: nativePolicyOf(context.settingsOf(principal.tenant)),
      text: { kind: 'template' },
    });
    const find = () => getMessage(store, principal, reply.message.id);
    const isTaken = await waitUntil(find, hasBegun, SERVER_WAIT_MS);
    if (isTaken) await waitUntil(find, hasAnswer, ANSWER_WAIT_MS);
    return { principal, reply, isTaken, message: await engine.getMessage(principal, reply.message.id) };
  });
  const { verification } = started.reply;
  if (started.isTaken) return { verification, message: started.message };
  return withEngine(io, { sends: true }, async ({ engine, dispatcher, carriers, store }) => {
    const { principal, message } = started;
    await dispatcher.claimDue();
    await dispatcher.settled();
    // A carrier that was just connected to may not be ready at the first try.
    const find = () => getMessage(store, principal, message.id);
    await waitUntil(find, hasAnswer, ANSWER_WAIT_MS, async () => {
      await dispatcher.claimDue();
      await dispatcher.settled();
    });
    const handset = carriers.find(({ kind }) => kind === 'handset');
    const received =
      handset && 'list' in handset ? (handset as unknown as HandsetList).list(verification.to) : [];
    const [newest] = received;
    return {
      verification,
      message: await engine.getMessage(principal, message.id),
      ...(newest && { handsetText: newest.body }),
    };
  });
}

interface HandsetList {
  list(to: string): readonly { readonly body: string }[];
}

async function getMessage(store: Store, { tenant }: Principal, id: string): Promise<Message> {
  const message = await store.findMessage(tenant.id, id);
  if (!message) throw new Error('a message that was just written is gone');
  return message;
}

const hasBegun = ({ lease, state, attemptCount }: Message) =>
  lease !== undefined || state !== 'queued' || attemptCount > 0;
const hasAnswer = ({ state }: Message) => state !== 'queued';

async function waitUntil(
  find: () => Promise<Message>,
  isSo: (message: Message) => boolean,
  forMs: number,
  between: () => Promise<void> = async () => undefined,
): Promise<boolean> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    if (isSo(await find())) return true;
    if (waitedMs >= forMs) return false;
    await sleep(systemTimers, LOOK_MS);
    await between();
  }
}
