/**
 * The arithmetic of the suite: a median with its range, times without the loop, and the mean of ratios.
 *
 * @module
 */

/** Several measurements of one figure. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Returns the median; for an even count the mean of the middle two. NaN of no numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Returns the median, the minimum and the maximum of some numbers. */
export function spread(numbers: readonly number[]): Spread {
  return { median: median(numbers), least: Math.min(...numbers), most: Math.max(...numbers) };
}

/**
 * Returns the times of the calls: each round minus the empty loop of the same round, so that a slow round slows both.
 */
export function netOf(rounds: readonly number[], empty: readonly number[]): number[] {
  return rounds.map((time, round) => time - empty[round]!);
}

/** Returns the geometric mean: the one that is consistent for `a / b` and `b / a`. NaN of no numbers. */
export function geometricMean(numbers: readonly number[]): number {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

/** Returns the arithmetic mean. NaN of no numbers. */
export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
