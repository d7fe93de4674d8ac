/** The binds of one carrier: as many as its share, for each way of the traffic, and how they are as a whole. */
import type { CarrierHealth } from '../../engine/ports.ts';
import type { BindType } from '../../smpp/client.ts';
import { KeptBind, type KeptBindOptions } from './kept-bind.ts';

export type MakeBind = Omit<KeptBindOptions, 'number' | 'role'>;

export class BindSet {
  readonly #roles: readonly BindType[];
  readonly #options: MakeBind;
  /** By number; each is one bind, or a transmitter and a receiver. */
  readonly #groups: (readonly KeptBind[])[] = [];
  readonly #ending = new Set<Promise<unknown>>();

  constructor(roles: readonly BindType[], options: MakeBind) {
    this.#roles = roles;
    this.#options = options;
  }

  /** Those that submits go through. */
  *senders(): Iterable<KeptBind> {
    for (const group of this.#groups) for (const bind of group) if (bind.role !== 'receiver') yield bind;
  }

  /** Makes more, or ends those that are too many, without waiting for either. */
  resize(count: number): void {
    while (this.#groups.length < count) {
      const number = this.#groups.length + 1;
      this.#groups.push(this.#roles.map((role) => new KeptBind({ ...this.#options, number, role })));
    }
    for (const bind of this.#groups.splice(count).flat()) {
      const end = bind.end().finally(() => this.#ending.delete(end));
      this.#ending.add(end);
    }
  }

  /** Resolves when every bind has ended. */
  async end(): Promise<void> {
    this.resize(0);
    await Promise.all(this.#ending);
  }

  health(): CarrierHealth {
    const binds = this.#groups.flat();
    const open = binds.filter(({ isOpen }) => isOpen).length;
    if (binds.length > 0 && open === binds.length) return { state: 'up' };
    const isSending = [...this.senders()].some(({ isOpen }) => isOpen);
    const problems = new Set(binds.map(({ problem }) => problem).filter((problem) => problem !== undefined));
    const detail = [`${open} of ${binds.length} binds open`, ...problems].join('; ');
    return { state: isSending ? 'degraded' : 'down', detail };
  }

  get openCount(): number {
    return this.#groups.flat().filter(({ isOpen }) => isOpen).length;
  }
}
