/**
 * The arithmetic of the suite: a middle with its spread, what is left without the loop, and the mean of ratios.
 *
 * @module
 */

/** Several measurements of one thing. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Answers the middle of some numbers; of an even count the mean of the middle two. NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Answers the middle, the least and the most of some numbers. */
export function spread(numbers: readonly number[]): Spread {
  return { median: median(numbers), least: Math.min(...numbers), most: Math.max(...numbers) };
}

/**
 * Answers what the calls took: each round without the empty loop of the same round, so that what slows a round as a whole slows
 * both.
 */
export function netOf(rounds: readonly number[], empty: readonly number[]): number[] {
  return rounds.map((time, round) => time - empty[round]!);
}

/** Answers the geometric mean: the one that says the same of `a / b` and of `b / a`. NaN of none. */
export function geometricMean(numbers: readonly number[]): number {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

/** Answers the arithmetic mean. NaN of none. */
export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
