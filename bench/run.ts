/**
 * `npm run bench`: the benchmarks with their yardsticks, measured in the same run. `npm run bench -- NAME…` runs some.
 * Figures are of this machine and this moment; ratios are what may be compared.
 */
import { benchEndToEnd } from './end-to-end.ts';
import { benchDialects, benchPairs } from './http.ts';
import { benchPostgres } from './postgres.ts';
import { benchPostgresStored } from './postgres-stored.ts';
import { benchSmpp } from './smpp.ts';
import { benchSoak } from './soak.ts';
import { benchStart } from './start.ts';
import { benchStored } from './stored.ts';
import { benchTakeOver } from './take-over.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  start: benchStart,
  pairs: benchPairs,
  stored: benchStored,
  postgres: benchPostgres,
  'postgres-stored': benchPostgresStored,
  'take-over': benchTakeOver,
  dialects: benchDialects,
  smpp: benchSmpp,
  'end-to-end': benchEndToEnd,
  soak: benchSoak,
};

/** Minutes, and gigabytes. */
const BY_NAME_ONLY = new Set(['postgres-stored', 'soak']);

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  process.stderr.write(
    `no such benchmark: ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}\n`,
  );
  process.exit(2);
}
for (const [name, run] of Object.entries(BENCHMARKS)) {
  const isChosen = chosen.length === 0 ? !BY_NAME_ONLY.has(name) : chosen.includes(name);
  if (isChosen) await run();
}
