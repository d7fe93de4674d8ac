/** A store that counts how often each of its methods is called, those of its transactions as well. It changes nothing. */
import type { Store, Transaction } from '../../src/engine/ports.ts';

export interface CountingStore {
  readonly store: Store;
  /** Method names with their counts since the last call of this, in alphabetical order. */
  takeCalls(): readonly (readonly [string, number])[];
}

export function countCalls(real: Store): CountingStore {
  const calls = new Map<string, number>();
  const counting = <T extends object>(target: T, prefix: string): T =>
    new Proxy(target, {
      get(inner, name) {
        const value: unknown = Reflect.get(inner, name, inner);
        if (typeof value !== 'function') return value;
        return (...parameters: readonly unknown[]) => {
          const key = `${prefix}${String(name)}`;
          calls.set(key, (calls.get(key) ?? 0) + 1);
          return value.apply(inner, parameters);
        };
      },
    });
  const counted = counting(real, '');
  const store = new Proxy(counted, {
    get(inner, name) {
      if (name !== 'transaction') return Reflect.get(inner, name);
      return <T>(work: (tx: Transaction) => Promise<T>) =>
        counted.transaction((tx) => work(counting(tx, 'tx.')));
    },
  });
  return {
    store,
    takeCalls() {
      const taken = [...calls].sort(([a], [b]) => (a < b ? -1 : 1));
      calls.clear();
      return taken;
    },
  };
}
