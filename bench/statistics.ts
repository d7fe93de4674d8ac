/** Percentiles and numbers as people read them. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function summarize(durationsMs: number[]): { readonly p50: number; readonly p99: number } {
  durationsMs.sort((one, other) => one - other);
  return { p50: percentile(durationsMs, 0.5), p99: percentile(durationsMs, 0.99) };
}

export function round(value: number, digits = 1): string {
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
