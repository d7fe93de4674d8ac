/** From nothing to listening, and what the process then holds: `npm start` without npm, its compiled code kept from a start before. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { printTable, round, summarize } from './statistics.ts';

const RUNS = 5;
/** Memory is given back some time after the start. */
const IDLE_MS = 3_000;

export async function benchStart(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  const startsMs: number[] = [];
  let rssMegabytes = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const beganMs = performance.now();
    const child = spawn(process.execPath, ['bin/otpost', 'serve'], {
      env: { ...process.env, OTPOST_DATA: folder, OTPOST_PORT: '0', OTPOST_DEMO: 'off' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const chunk of child.stdout) if (String(chunk).includes('"started"')) break;
    if (run > 0) startsMs.push(performance.now() - beganMs);
    if (run === RUNS - 1) {
      await sleep(IDLE_MS);
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      rssMegabytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    }
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  rmSync(folder, { recursive: true });
  printTable('start', [
    ['what', 'measured', 'goal'],
    ['start to listening, median ms', round(summarize(startsMs).p50, 0), '≤ 1000'],
    ['resident memory idle, MB', round(rssMegabytes, 0), '≤ 120'],
  ]);
}
