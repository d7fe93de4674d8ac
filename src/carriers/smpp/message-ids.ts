/**
 * The names under which an SMSC knows our messages, in the one form in which an answer's and a receipt's are equal. SMSCs
 * that give no name, or one name to all, are met here; matching a receipt to a message is the engine's.
 */
import { canonicalMessageId, type MessageIdForm } from '../../smpp/message-id.ts';
import type { SmppSettings } from './settings.ts';

type FormSetting = NonNullable<SmppSettings['messageIdForm']>;

const FORMS: Readonly<
  Record<FormSetting, { readonly answer: MessageIdForm; readonly receipt: MessageIdForm }>
> = {
  exact: { answer: 'exact', receipt: 'exact' },
  'case-insensitive': { answer: 'case-insensitive', receipt: 'case-insensitive' },
  'no-leading-zeros': { answer: 'no-leading-zeros', receipt: 'no-leading-zeros' },
  'hex-then-decimal': { answer: 'hex', receipt: 'decimal' },
  'decimal-then-hex': { answer: 'decimal', receipt: 'hex' },
};

/**
 * Ids of as many submits are remembered to find out whether they repeat. An SMSC that counts round comes back to
 * an id much later, and then the newest message is meant.
 */
const REMEMBERED_MAX = 10_000;

export interface MessageIds {
  /**
   * The ids to record for the parts of one accepted message. A part without an id of its own gets one that no receipt
   * bears: it was accepted, and what became of it stays unknown.
   */
  fromAnswers(ids: readonly string[]): readonly string[];
  /** The id that a receipt speaks of; undefined where the SMSC has given it to several messages. */
  fromReceipt(id: string): string | undefined;
  /** A connection was lost: an SMSC that was restarted may count from the beginning again, and rightly so. */
  forgetSeen(): void;
}

export interface MessageIdsOptions {
  readonly form: FormSetting;
  readonly makeId: () => string;
  /** Called for each accepted part whose answer names nothing of its own. */
  readonly onUnusable: (why: 'empty' | 'repeated') => void;
}

export function createMessageIds({ form, makeId, onUnusable }: MessageIdsOptions): MessageIds {
  const { answer, receipt } = FORMS[form];
  const seen = new Set<string>();
  const repeated = new Set<string>();

  const remember = (ids: Set<string>, id: string) => {
    ids.add(id);
    if (ids.size > REMEMBERED_MAX) ids.delete(ids.values().next().value ?? '');
  };
  const nameless = (why: 'empty' | 'repeated') => {
    onUnusable(why);
    return `unnamed-${makeId()}`;
  };

  return {
    fromAnswers(ids) {
      // One id for all parts of a message is a name of the message: it is recorded once.
      const own = new Set(ids.map((id) => canonicalMessageId(id, answer)));
      return [...own].map((id) => {
        if (id === '') return nameless('empty');
        if (seen.has(id) || repeated.has(id)) {
          remember(repeated, id);
          return nameless('repeated');
        }
        remember(seen, id);
        return id;
      });
    },
    fromReceipt(id) {
      const known = canonicalMessageId(id, receipt);
      return repeated.has(known) ? undefined : known;
    },
    forgetSeen: () => seen.clear(),
  };
}
