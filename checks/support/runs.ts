/**
 * The number of random programs: a part of them in an ordinary run, all of them in `.ci/run`.
 *
 *     npm test              runs(60) is 10, and fast-check tries 17 values where a test says nothing else
 *     npm run test:full     runs(60) is 60, and fast-check tries 100; by ALLOC_THOROUGH=1, which also runs the tests with the tag `thorough`
 *
 * @module
 */
/** Whether to run all of them, however long it takes. */
export const isThorough = process.env.ALLOC_THOROUGH === "1";

const PART = isThorough ? 1 : 1 / 6;

/** Returns how many of `all` programs to run now, at least 1. */
export function runs(all: number): number {
  return Math.ceil(all * PART);
}
