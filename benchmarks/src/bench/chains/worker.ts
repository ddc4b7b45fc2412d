/**
 * One way, in its own process. Prints its measurements as JSON.
 *
 *     bench/chains/worker.js {"table":"ways","row":"specialised","column":"LIFO","warmUp":300,"measured":300}
 *
 * Each chain is called by its own copy of the loop, as a program calls its chains from different places. The exception is the
 * caller of several shapes.
 *
 * @module
 */
import { Layout, type Ptr } from "@alloc/core";
import { BASES, CALLED, type Called, OTHERS, WAYS, WRAPPERS } from "./made.ts";
import type { ChainRequest } from "./rows.ts";

/** Most blocks live at once, except for a pair; also the calls of a repeat. */
const BLOCKS = 1000;
const PAIRS = 200_000;

type Play = (called: readonly Called[], layouts: readonly Layout[], ptrs: Uint32Array, pairs: number) => void;

let copies = 0;

const request = JSON.parse(process.argv[2]!) as ChainRequest;
// A wrapper's own cost is measured in a process that used nothing else.
for (const make of request.table === "costs" ? [] : OTHERS) {
  const other = make();
  run(copied(lifo), [other], mixed(), Math.min(20, request.warmUp), 0);
  run(copied(pair), [other], mixed(), Math.min(20, request.warmUp), 0);
  other.dispose();
}
console.log(JSON.stringify({ times: result(request) }));

function result({ table, row, column, warmUp, measured }: ChainRequest): number[] {
  if (table === "ways") {
    return run(copied(column === "LIFO" ? lifo : pair), [WAYS[row]!()], mixed(), warmUp, measured);
  }
  if (table === "callers") return run(copied(turns), CALLED[row]!(Number(column)), mixed(), warmUp, measured);
  return run(copied(churn), [WRAPPERS[row]!(BASES[column]!)], small(), warmUp, measured);
}

/** Returns ns per block allocated and released, for each repeat. */
function run(play: Play, called: readonly Called[], layouts: readonly Layout[], warmUp: number, measured: number) {
  const ptrs = new Uint32Array(BLOCKS);
  const start = performance.now();
  do play(called, layouts, ptrs, PAIRS / 20);
  while (performance.now() - start < warmUp);
  const times: number[] = [];
  const from = performance.now();
  do {
    const begin = performance.now();
    play(called, layouts, ptrs, PAIRS);
    times.push(((performance.now() - begin) * 1e6) / PAIRS);
  } while (performance.now() - from < measured);
  return times;
}

/** Alternates small and large blocks. */
function mixed(): Layout[] {
  return [Layout.of(200), Layout.of(48)];
}

/** Blocks of up to 56 bytes, so that a list of 64 serves them with 8 bytes added. Sizes and places are drawn once. */
function small(): Layout[] {
  return Array.from({ length: 4096 }, (_, at) => Layout.of(8 + ((Math.imul(at + 1, 0x9e3779b9) >>> 26) % 49)));
}

function lifo([called]: readonly Called[], [large, little]: readonly Layout[], ptrs: Uint32Array, pairs: number): void {
  for (let done = 0; done < pairs; done += ptrs.length) {
    for (let at = 0; at < ptrs.length; at++) ptrs[at] = called!.allocate((at & 1) === 0 ? large! : little!);
    for (let at = ptrs.length - 1; at >= 0; at--) {
      called!.deallocate(ptrs[at]! as Ptr, (at & 1) === 0 ? large! : little!);
    }
  }
}

function pair([called]: readonly Called[], [large, little]: readonly Layout[], _: Uint32Array, pairs: number): void {
  for (let at = 0; at < pairs; at++) {
    const layout = (at & 1) === 0 ? large! : little!;
    called!.deallocate(called!.allocate(layout) as Ptr, layout);
  }
}

/** One call site that calls all of them in turn. */
function turns(called: readonly Called[], [large]: readonly Layout[], _: Uint32Array, pairs: number): void {
  for (let at = 0, turn = 0; at < pairs; at++) {
    const next = called[turn]!;
    turn = turn + 1 === called.length ? 0 : turn + 1;
    next.deallocate(next.allocate(large!) as Ptr, large!);
  }
}

/** Replaces blocks at random, and releases all at the end. Each place has a fixed size. */
function churn([called]: readonly Called[], layouts: readonly Layout[], ptrs: Uint32Array, pairs: number): void {
  for (let at = 0; at < ptrs.length; at++) ptrs[at] = called!.allocate(layouts[at]!);
  let random = 1;
  for (let done = ptrs.length; done < pairs; done++) {
    random = (Math.imul(random, 1664525) + 1013904223) | 0;
    const at = ((random >>> 16) * ptrs.length) >>> 16;
    called!.deallocate(ptrs[at]! as Ptr, layouts[at]!);
    ptrs[at] = called!.allocate(layouts[at]!);
  }
  for (let at = 0; at < ptrs.length; at++) called!.deallocate(ptrs[at]! as Ptr, layouts[at]!);
}

/** Returns the same function compiled anew, with type feedback of its own. */
function copied(play: Play): Play {
  copies++;
  return new Function(`"use strict";return ${play}\n//# sourceURL=caller:${copies}`)();
}
