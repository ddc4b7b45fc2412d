/**
 * Timing: a trace in typed arrays, played as fast as possible.
 *
 * Timed is what a program does: the loop, a new Layout for each call, the call, and one write to the first and to the last byte of
 * each block. Nothing is verified here; `replay` of the testkit does that, in a separate run.
 *
 * @module
 */
import { type Allocator, Layout, type Memory, type Null, type Ptr } from "@alloc/core";
import { ALLOCATE, ALLOCATE_ZEROED, RESIZE, type Trace } from "@alloc/testkit";

/** Times of several rounds, in ns per operation. */
export interface Times {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}

/**
 * Runs a trace several times, each time through a new allocator.
 *
 * @param align - the smallest alignment of every request, in bytes
 * @param onRound - called with the number of rounds done
 */
export function timeTrace(
  trace: Trace,
  make: () => Allocator,
  options: { align: number; rounds: number; onRound?: (done: number) => void },
): Times {
  const times: number[] = [];
  const ptrs = new Float64Array(trace.header.ids);
  const sizes = new Uint32Array(trace.header.ids);
  while (times.length < options.rounds) {
    const allocator = make();
    const start = performance.now();
    run(trace, allocator, options.align, ptrs as unknown as Ptr[], sizes);
    times.push(((performance.now() - start) * 1e6) / trace.length);
    allocator.dispose();
    options.onRound?.(times.length);
  }
  times.sort((a, b) => a - b);
  return { median: times[times.length >>> 1]!, least: times[0]!, most: times.at(-1)!, rounds: times.length };
}

function run(trace: Trace, allocator: Allocator, least: number, ptrs: Ptr[], sizes: Uint32Array): void {
  const { length, kinds, ids } = trace;
  const { memory } = allocator;
  for (let index = 0; index < length; index++) {
    const id = ids[index]!;
    const size = trace.sizes[index]!;
    const align = Math.max(least, trace.aligns[index]!);
    const kind = kinds[index]!;
    if (kind === ALLOCATE || kind === ALLOCATE_ZEROED) {
      const layout = Layout.of(size, align);
      const ptr = kind === ALLOCATE ? allocator.allocate(layout) : allocator.allocateZeroed(layout);
      ptrs[id] = touch(memory, ptr, size);
      sizes[id] = size;
    } else if (kind === RESIZE) {
      const from = Layout.of(sizes[id]!, align);
      const to = Layout.of(size, align);
      const ptr = size < from.size ? allocator.shrink(ptrs[id]!, from, to) : allocator.grow(ptrs[id]!, from, to);
      ptrs[id] = touch(memory, ptr, size);
      sizes[id] = size;
    } else allocator.deallocate(ptrs[id]!, Layout.of(sizes[id]!, align));
  }
}

function touch(memory: Memory, ptr: Ptr | Null, size: number): Ptr {
  if (ptr === 0) throw new Error(`no room for ${size} bytes`);
  if (size > 0) {
    const { u8 } = memory;
    u8[ptr] = 1;
    u8[ptr + size - 1] = 1;
  }
  return ptr;
}
