/** Percentiles and numbers as people read them. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function summarize(durationsMs: number[]): { readonly p50: number; readonly p99: number } {
  durationsMs.sort((one, other) => one - other);
  return { p50: percentile(durationsMs, 0.5), p99: percentile(durationsMs, 0.99) };
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Median and range of what was measured several times, as `1 020 (870–1 100)`; a dash where nothing was. */
export function spread(values: readonly number[], digits = 0): string {
  if (values.length === 0) return '–';
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${round(median(values), digits)} (${round(least, digits)}–${round(most, digits)})`;
}

/** Quotients of what was measured in turns, round by round. */
export function ratios(over: readonly number[], under: readonly number[]): readonly number[] {
  return over.slice(0, under.length).map((value, index) => value / (under[index] ?? Number.NaN));
}

/** What was not measured, because every round failed say, came through JSON as null. */
export function round(value: number | null, digits = 1): string {
  if (value === null || Number.isNaN(value)) return '–';
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(digits);
}

/** Columns as wide as their widest cell. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    [],
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
}
