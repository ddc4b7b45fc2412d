/**
 * One contender of `bench owned`, in its own process. Prints its measurements as JSON.
 *
 *     bench/owned/worker.js {"mode":"time","workload":"particles","contender":"Vec","count":1000000,"others":false,"warmUp":300,"measured":300}
 *
 * @module
 */
import { HOLDERS, LOOPS, useOthers } from "./loops.ts";
import type { OwnedRequest, Passes } from "./rows.ts";

const request = JSON.parse(process.argv[2]!) as OwnedRequest;
console.log(JSON.stringify(request.mode === "time" ? time(request) : { bytes: bytes(request) }));

/**
 * Returns ns per value of each pass, and of a pass of the first contender right before it, so that a machine that is slow for a
 * while slows both.
 */
function time({ workload, contender, count, others, warmUp, measured }: OwnedRequest): Passes {
  if (others) useOthers();
  const loops = LOOPS[workload]!;
  const [own, first] = [loops[contender]!, Object.values(loops)[0]!].map((it) => {
    const data = it.make(count);
    return () => it.pass(data);
  });
  for (const pass of [own!, first!]) {
    const start = performance.now();
    do pass();
    while (performance.now() - start < warmUp);
  }
  const passes: Passes = { own: [], first: [] };
  const from = performance.now();
  do {
    passes.first.push(timed(first!, count));
    passes.own.push(timed(own!, count));
  } while (performance.now() - from < measured);
  return passes;
}

function timed(pass: () => void, count: number): number {
  const begin = performance.now();
  pass();
  return ((performance.now() - begin) * 1e6) / count;
}

/** Returns the bytes per value: in the engine's heap after a collection, and in the allocator. */
function bytes({ workload, contender, count }: OwnedRequest): number {
  const { make, bytes } = HOLDERS[workload]![contender]!;
  make(1); // excludes what is made only once
  const before = heapUsed();
  const data = make(count);
  return (heapUsed() - before + (bytes?.(data) ?? 0)) / count;
}

function heapUsed(): number {
  for (let round = 0; round < 3; round++) globalThis.gc!();
  return process.memoryUsage().heapUsed;
}
