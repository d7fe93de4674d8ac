/** Processor time of a process with its children, from `/proc`: steadier than a rate on a machine that others use too. */
import { readdirSync, readFileSync } from 'node:fs';

/** What Linux counts processor time in, whatever the kernel's own ticks are. */
const MS_PER_TICK = 10;

export interface ProcessTimes {
  readonly parent: number;
  /** Its own, and that of children that have ended. */
  readonly ticks: number;
}

/** The process named and its children, those that have ended too. Undefined where there is no `/proc`. */
export function cpuMsOf(pid: number): number | undefined {
  const root = readTimes(String(pid));
  if (!root) return undefined;
  let { ticks } = root;
  for (const entry of readdirSync('/proc')) {
    const times = /^\d+$/.test(entry) ? readTimes(entry) : undefined;
    if (times?.parent === pid) ticks += times.ticks;
  }
  return ticks * MS_PER_TICK;
}

function readTimes(pid: string): ProcessTimes | undefined {
  try {
    return parseTimes(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html the name may hold spaces and brackets */
export function parseTimes(stat: string): ProcessTimes {
  const [, parent, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 14 to 17: user, system, and both of the children that were waited for.
  return {
    parent: Number(parent),
    ticks: fields.slice(9, 13).reduce((sum, field) => sum + Number(field), 0),
  };
}
