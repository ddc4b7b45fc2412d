/**
 * Proves the owning handles against callbacks that call back into them and callbacks that throw.
 *
 *     a step        push · set · sort · makeMut · … on any handle, chosen by a seed
 *       └─ runs     drop · clone · compare · getter · generator · builder · borrow of ours
 *             └─ which may throw, or take further steps, on the same handles too
 *
 * Each value has a unique number. A record notes when a value is made, handed out and dropped. After each step all handles are read
 * and must agree with the record: no value in two places, none lost, none dropped twice or while it is owned. The heap is guarded, so
 * writes into released blocks are detected.
 * @module
 */
import { Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { guard } from "@alloc/proxy";
import { Program } from "./prove-handles-program.ts";

export interface HandlesOptions {
  /** The fewest steps, including those taken by callbacks. */
  readonly steps: number;
  readonly seed: number;
  /** Called with the share of the steps done. */
  readonly onProgress?: (done: number) => void;
}

export interface HandlesReport {
  readonly steps: number;
  readonly values: number;
  readonly dropped: number;
  /** Steps that threw an allowed error. */
  readonly refused: number;
  /** The fault, with the seed and the last steps; undefined if there is none. */
  readonly fault: string | undefined;
}

/** Runs programs until enough steps are taken or a fault is found. */
export function proveHandles({ steps, seed, onProgress }: HandlesOptions): HandlesReport {
  const limit = Error.stackTraceLimit;
  // Such programs throw many errors, and most of the cost of an error is its stack.
  Error.stackTraceLimit = 0;
  try {
    return programs(steps, seed, onProgress);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function programs(steps: number, seed: number, onProgress: HandlesOptions["onProgress"]): HandlesReport {
  const sum = { steps: 0, values: 0, dropped: 0, refused: 0 };
  const parent = pages(Memory.linear({ maximum: 2 ** 22 }));
  const sharedHeap = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
  for (let run = 0; sum.steps < steps; run++) {
    const heap = guard(system({ parent }), { stackDepth: 0, quarantine: 4096 });
    const program = new Program(heap, sharedHeap, Math.imul(seed + run, 0x9e3779b1));
    try {
      program.run();
      if (program.fault === undefined) heap.dispose();
    } catch (error) {
      program.accuse(`${(error as Error).stack}`);
    }
    sum.steps += program.steps;
    sum.values += program.values.size;
    sum.dropped += program.dropped;
    sum.refused += program.refused;
    if (program.fault !== undefined) {
      const text = `${program.fault.message}\nin the program of seed ${seed + run}, whose last steps are\n${program.log.join("\n")}`;
      return { ...sum, fault: text };
    }
    onProgress?.(Math.min(1, sum.steps / steps));
  }
  return { ...sum, fault: undefined };
}
