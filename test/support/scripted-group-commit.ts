/** Group commit on a control that records what it is asked, fails when told, and knows what would be on disk. */
import { GroupCommit, type TransactionControl } from '../../src/store/sqlite/group-commit.ts';
import { createManualClock } from './manual-clock.ts';

export const BUSY = new Error('busy');

function createScriptedControl() {
  const calls: string[] = [];
  const failures: { begin: Error[]; commit: Error[]; rollback: Error[] } = {
    begin: [],
    commit: [],
    rollback: [],
  };
  let isActive = false;
  let changes = 0;
  let savepointAt = 0;
  let pending: number[] = [];
  const durable: number[] = [];
  const control: TransactionControl = {
    begin() {
      calls.push('begin');
      const failure = failures.begin.shift() ?? (isActive ? new Error('within a transaction') : undefined);
      if (failure) throw failure;
      isActive = true;
    },
    commit() {
      calls.push('commit');
      const failure = failures.commit.shift();
      if (failure) throw failure;
      isActive = false;
      durable.push(...pending.splice(0));
    },
    rollback() {
      calls.push('rollback');
      const failure = failures.rollback.shift();
      if (failure) throw failure;
      giveUp();
    },
    savepoint() {
      calls.push('savepoint');
      savepointAt = pending.length;
    },
    release: () => void calls.push('release'),
    rollbackToSavepoint() {
      calls.push('rollback to');
      pending.length = savepointAt;
    },
    changeCount: () => changes,
    isActive: () => isActive,
    isBusy: (error) => error === BUSY,
  };
  const giveUp = () => {
    isActive = false;
    pending = [];
  };
  const write = (value = 0) => {
    changes += 1;
    pending.push(value);
  };
  return { control, calls, failures, giveUp, write, durable };
}

export function createScriptedGroupCommit() {
  const scripted = createScriptedControl();
  const clock = createManualClock();
  const sizes: number[] = [];
  const commits = new GroupCommit({
    control: scripted.control,
    timers: clock.timers,
    random: () => 0.5,
    onCommit: (size) => sizes.push(size),
  });
  const count = (call: string) => scripted.calls.filter((each) => each === call).length;
  return { ...scripted, clock, sizes, commits, count };
}
