/** Repeated measurements of one thing. */
export interface Sample {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** @throws RangeError when there is nothing to summarise. */
export function summarise(values: readonly number[]): Sample {
  if (values.length === 0) throw new RangeError("no measurements");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1], count: sorted.length };
}

/** How many milliseconds work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** `4.7 s (4.5-5.1)`: the median and the range. */
export function inSeconds(sample: Sample): string {
  return withRange(sample, "s", (milliseconds) => milliseconds / 1000);
}

/** `52 MB/s (48-55)`. */
export function withRange(sample: Sample, unit: string, scale: (value: number) => number = (value) => value): string {
  const [median, least, most] = [sample.median, sample.least, sample.most].map((value) => digits(scale(value)));
  return sample.count === 1 ? `${median} ${unit}` : `${median} ${unit} (${least}-${most})`;
}

function digits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
