/** What a section of the config file is read with, and what reading gives. One section, one file. */
import type { Fault } from './fault.ts';

export interface SectionContext {
  /** Pointers to values that came from the environment. */
  readonly fromEnvironment: ReadonlySet<string>;
}

/** `value` is of use only where there is no fault. */
export interface SectionResult<T> {
  readonly value: T;
  readonly faults: readonly Fault[];
}
