/**
 * What a client has been told by a server, kept on the client's side: the acknowledgements that no fault may take back.
 * An answer that contradicts an earlier one is noted at once; the rest is compared with the store by audit.ts.
 */
import type { NativeReply } from './native-client.ts';

export interface KnownVerification {
  readonly id: string;
  /** Checks answered as approved; more than one is a contradiction. */
  approvals: number;
  /** Checks answered after a comparison, right or wrong. */
  compared: number;
  /** Answers that ordered a message, the start's included. */
  sends: number;
  /** The first final state that an answer told. */
  end?: string;
}

export interface KnownDevice {
  readonly id: string;
  readonly subject: string;
  isActivated: boolean;
  /** TOTP steps whose codes were accepted, the activation's included. */
  readonly acceptedSteps: Set<number>;
}

/** A start that was asked for under an idempotency key. */
export interface KeyedStart {
  readonly key: string;
  readonly body: { readonly brand: string; readonly [name: string]: unknown };
}

export type Journal = ReturnType<typeof createJournal>;

/** Ends that stay; an expiry is told by a clock before it is stored. */
const LASTING_ENDS = ['approved', 'locked', 'canceled'];

export function createJournal() {
  const verifications = new Map<string, KnownVerification>();
  const messages = new Set<string>();
  const devices = new Map<string, KnownDevice>();
  const idsByKey = new Map<string, string>();
  const contradictions: string[] = [];
  /** Starts whose answer never came: asked again, they must give one verification. */
  const unanswered: KeyedStart[] = [];

  const known = (id: string): KnownVerification => {
    const found = verifications.get(id) ?? { id, approvals: 0, compared: 0, sends: 0 };
    verifications.set(id, found);
    return found;
  };
  const noteStatus = (one: KnownVerification, status: unknown) => {
    if (one.end !== undefined && status !== one.end) {
      contradictions.push(`${one.id} was ${one.end} and then ${status}`);
    }
    if (LASTING_ENDS.includes(String(status))) one.end ??= String(status);
  };

  return {
    verifications,
    messages,
    devices,
    contradictions,
    unanswered,
    /** How many answers there were that must last. */
    get acknowledged(): number {
      let count = messages.size;
      for (const { sends, compared, end } of verifications.values()) {
        count += sends + compared + (end === 'canceled' ? 1 : 0);
      }
      return count;
    },
    started({ key }: KeyedStart, { status, body }: NativeReply): string | undefined {
      if (status !== 201 || body.id === undefined) return undefined;
      const before = idsByKey.get(key);
      if (before !== undefined && before !== body.id) {
        contradictions.push(`key ${key} gave ${before} and then ${body.id}`);
      }
      if (before === undefined) known(body.id).sends += 1;
      idsByKey.set(key, body.id);
      return body.id;
    },
    checked(id: string, { status, body }: NativeReply): void {
      if (status !== 200) return;
      const one = known(id);
      if (body.outcome === 'approved' || body.outcome === 'incorrect') one.compared += 1;
      if (body.outcome === 'approved') one.approvals += 1;
      if (one.approvals > 1) contradictions.push(`${id} was approved ${one.approvals} times`);
      // Answers to checks at once arrive in any order, and an older one still says pending.
      if (body.verification?.status !== 'pending') noteStatus(one, body.verification?.status);
    },
    canceled(id: string, { status, body }: NativeReply): void {
      if (status === 200) noteStatus(known(id), body.status);
    },
    /** For a verification that nothing else is being asked about. */
    read(id: string, { status, body }: NativeReply): void {
      if (status === 404) contradictions.push(`${id} was acknowledged and is not found`);
      if (status === 200) noteStatus(known(id), body.status);
    },
    /** Undefined: nobody may count on it. */
    enrolled(subject: string, { status, body }: NativeReply): KnownDevice | undefined {
      if (status !== 201 || body.id === undefined) return undefined;
      const device = { id: body.id, subject, isActivated: false, acceptedSteps: new Set<number>() };
      devices.set(body.id, device);
      return device;
    },
    /** An activation or a check, with the code of this step. */
    deviceChecked(device: KnownDevice, step: number, { status, body }: NativeReply): void {
      if (status !== 200 || body.outcome !== 'approved') return;
      if (device.acceptedSteps.has(step))
        contradictions.push(`${device.id} accepted the code of one step twice`);
      device.acceptedSteps.add(step);
    },
    texted({ status, body }: NativeReply): void {
      if (status === 201 && body.id !== undefined) messages.add(body.id);
    },
  };
}
