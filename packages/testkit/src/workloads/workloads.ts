/**
 * WORKLOADS: all workloads by name.
 *
 * The first are rewritten from published descriptions; each module says what it keeps and omits of the original. The last four are
 * patterns that a heap with size classes has to get right. All are single-threaded, and none resizes a block.
 *
 * @module
 */
import { allocTest } from "./alloc-test.ts";
import { binary, binary2 } from "./binary.ts";
import { glibcSimple } from "./glibc-simple.ts";
import { larson } from "./larson.ts";
import { mstress } from "./mstress.ts";
import { robson } from "./robson.ts";
import { rptestExponential, rptestFixed, rptestLinear } from "./rptest.ts";
import { sawtooth } from "./sawtooth.ts";
import { sh6bench } from "./sh6bench.ts";
import { halfTurns, turns } from "./turns.ts";
import { uniforms } from "./uniforms.ts";
import type { Workload } from "./workload.ts";

/**
 * Trace generators, modelled on benchmarks commonly used for allocators.
 *
 * @example
 * ```ts
 * import { WORKLOADS } from "@alloc/testkit";
 *
 * for (const { name, make } of Object.values(WORKLOADS)) {
 *   const trace = make({ operations: 400 });
 *   trace.header.fields.name === name; // => true
 *   trace.length; // => 400
 * }
 * ```
 */
export const WORKLOADS = {
  larson,
  "alloc-test": allocTest,
  "glibc-simple": glibcSimple,
  sh6bench,
  "rptest-fixed": rptestFixed,
  "rptest-linear": rptestLinear,
  "rptest-exponential": rptestExponential,
  mstress,
  binary,
  binary2,
  robson,
  turns,
  "half-turns": halfTurns,
  sawtooth,
  uniforms,
} as const satisfies Readonly<Record<string, Workload>>;
