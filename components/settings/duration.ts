const seconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** The seconds that a Go duration such as "1m30s" stands for. Expects the form that the schema asks for. */
export function parseDuration(text: string): number {
  const parts = text.matchAll(/([\d.]+)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * seconds[unit], 0);
}
