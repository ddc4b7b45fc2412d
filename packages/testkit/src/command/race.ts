/**
 * race: runs the same trace through several allocators in turns, so that other load on the machine affects all of them.
 *
 * The timed work is that of a program: a Layout per call, the call, and a write to the first and the last byte of each block.
 * Nothing is verified; `replay` does that first.
 *
 * @module
 */
import { type Allocator, Layout, type Memory, type Null, type Ptr } from "@alloc/core";
import { bytesText } from "@alloc/core/author";
import { ALLOCATE, ALLOCATE_ZEROED, RELEASE, type Trace } from "../trace/format.ts";

export interface RaceOptions {
  /** Minimum align of every request, in bytes. */
  readonly align: number;
  readonly rounds: number;
  readonly onProgress: (done: number, all: number) => void;
}

/**
 * Times a trace; every round uses a fresh allocator of each runner.
 *
 * @returns the median of the rounds per runner, in ns per operation
 */
export function race(trace: Trace, runners: readonly { make(): Allocator }[], options: RaceOptions): number[] {
  const { align, rounds, onProgress } = options;
  const times: number[][] = runners.map(() => []);
  const ptrs: Ptr[] = new Array(trace.header.ids);
  const layouts: Layout[] = new Array(trace.header.ids);
  for (let round = 0; round < rounds; round++) {
    onProgress(round, rounds);
    // The starting runner rotates.
    for (let turn = 0; turn < runners.length; turn++) {
      const index = (round + turn) % runners.length;
      const allocator = runners[index]!.make();
      const start = performance.now();
      run(trace, allocator, align, ptrs, layouts);
      times[index]!.push(((performance.now() - start) * 1e6) / Math.max(1, trace.length));
      allocator.dispose();
    }
  }
  return times.map((each) => each.sort((a, b) => a - b)[rounds >>> 1]!);
}

function run(trace: Trace, allocator: Allocator, least: number, ptrs: Ptr[], layouts: Layout[]): void {
  const { length, kinds, ids, sizes, aligns } = trace;
  const { memory } = allocator;
  for (let index = 0; index < length; index++) {
    const id = ids[index]!;
    const kind = kinds[index]!;
    const from = layouts[id]!;
    if (kind === RELEASE) {
      allocator.deallocate(ptrs[id]!, from);
      continue;
    }
    const size = sizes[index]!;
    const asked = kind === ALLOCATE || kind === ALLOCATE_ZEROED;
    const to = Layout.of(size, asked ? Math.max(least, aligns[index]!) : from.align);
    let ptr: Ptr | Null;
    if (kind === ALLOCATE) ptr = allocator.allocate(to);
    else if (kind === ALLOCATE_ZEROED) ptr = allocator.allocateZeroed(to);
    else ptr = size < from.size ? allocator.shrink(ptrs[id]!, from, to) : allocator.grow(ptrs[id]!, from, to);
    ptrs[id] = touch(memory, ptr, size);
    layouts[id] = to;
  }
}

function touch(memory: Memory, ptr: Ptr | Null, size: number): Ptr {
  if (ptr === 0)
    throw new Error(`no room for ${bytesText(size)}, although the replay had room: does dispose return everything?`);
  if (size > 0 && memory.hasBytes) {
    const { u8 } = memory;
    u8[ptr] = 1;
    u8[ptr + size - 1] = 1;
  }
  return ptr;
}
