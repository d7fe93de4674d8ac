/** Whether a figure grows while work is done: what it was in the first and the last quarter, and the line through all of it. */

export interface Sample {
  /** How much work had been done. */
  readonly done: number;
  readonly value: number;
}

export interface Trend {
  readonly firstQuarter: number;
  readonly lastQuarter: number;
  /** By least squares, for each unit of work. */
  readonly slope: number;
}

export function trendOf(samples: readonly Sample[]): Trend {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const middle = { done: mean(samples, 'done'), value: mean(samples, 'value') };
  let covariance = 0;
  let variance = 0;
  for (const { done, value } of samples) {
    covariance += (done - middle.done) * (value - middle.value);
    variance += (done - middle.done) ** 2;
  }
  return {
    firstQuarter: mean(samples.slice(0, quarter), 'value'),
    lastQuarter: mean(samples.slice(-quarter), 'value'),
    slope: variance === 0 ? 0 : covariance / variance,
  };
}

function mean(samples: readonly Sample[], of: keyof Sample): number {
  return samples.reduce((sum, sample) => sum + sample[of], 0) / samples.length;
}
