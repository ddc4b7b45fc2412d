/**
 * The program that every engine runs: it times one loop of one contender. It uses no API but that of JavaScript and
 * `performance.now`, whose steps may be as long as 1 ms, so a sample is long.
 *
 *     globalThis.play({"loop":"pair","contender":"system()","warmUp":300,"sample":200,"samples":3})
 *         ──▶ {"loop":"pair","contender":"system()","times":[9.8,9.7,9.9]}
 *
 * @module
 */
import { LOOPS } from "./loops.ts";
import type { EngineRequest, EngineResult } from "./sample.ts";

function play({ loop: name, contender, warmUp, sample, samples }: EngineRequest): EngineResult {
  const { operations, sum, pass } = LOOPS[name]![contender]!();
  const played = (passes: number): number => {
    const start = performance.now();
    for (let done = 0; done < passes; done++) {
      const got = pass();
      if (got !== sum) throw new Error(`${name} of ${contender} returned ${got}, expected ${sum}: it lost bytes`);
    }
    return performance.now() - start;
  };
  let passes = 1;
  for (let warm = 0; warm < warmUp; ) {
    const time = played(passes);
    warm += time;
    if (time < sample / 2) passes *= 2;
  }
  const times: number[] = [];
  while (times.length < samples) {
    const time = played(passes);
    if (time >= sample) times.push((time * 1e6) / (passes * operations));
    else passes = Math.ceil(passes * Math.min(4, (1.1 * sample) / Math.max(time, sample / 4)));
  }
  return { loop: name, contender, times };
}

Object.assign(globalThis, { play });
