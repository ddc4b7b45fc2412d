import { Layout, type Ptr } from "@alloc/core";
import { Global, overrideGlobalAllocator, type SystemHeap, system } from "@alloc/global";
import type { GlobalAlloc } from "@alloc/global/compat";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addresses, bytes, misuseOf, take } from "./support.ts";

/** Rust's functions over a heap, as methods that need their own `this`; records the calls. */
class Two implements GlobalAlloc {
  readonly heap: SystemHeap;
  readonly memory;
  readonly calls: unknown[][] = [];
  room = true;

  constructor(heap: SystemHeap) {
    this.heap = heap;
    this.memory = heap.memory;
  }
  alloc(layout: Layout) {
    this.calls.push(["alloc", layout]);
    return this.room ? this.heap.allocate(layout) : 0;
  }
  dealloc(ptr: Ptr, layout: Layout) {
    this.calls.push(["dealloc", ptr, layout]);
    this.heap.deallocate(ptr, layout);
  }
}

class Four extends Two {
  allocZeroed(layout: Layout) {
    this.calls.push(["allocZeroed", layout]);
    return this.room ? this.heap.allocateZeroed(layout) : 0;
  }
  realloc(ptr: Ptr, layout: Layout, newSize: number) {
    this.calls.push(["realloc", ptr, layout, newSize]);
    const to = Layout.of(newSize, layout.align);
    return this.room ? this.heap[newSize < layout.size ? "shrink" : "grow"](ptr, layout, to) : 0;
  }
}

const from = Layout.of(24, 8);
let two: Two;
let four: Four;
let end: Disposable | undefined;

beforeEach(() => {
  two = new Two(system({ parent: bytes() }));
  four = new Four(system({ parent: bytes() }));
});
afterEach(() => end?.[Symbol.dispose]());

/** Puts the functions in force, takes a block filled with sevens, and forgets the calls so far. */
function begin(functions: Two): Ptr {
  end = overrideGlobalAllocator(functions);
  const ptr = take(Global, from);
  functions.memory.fill(ptr, 24, 7);
  functions.calls.length = 0;
  return ptr;
}

const bytesAt = (functions: Two, ptr: Ptr, count: number) => [...functions.memory.view(Uint8Array, ptr, count)];
const sevens = (count: number) => Array(count).fill(7);

describe("of two functions", () => {
  test("allocZeroed is alloc followed by zeroing", () => {
    const ptr = begin(two);
    Global.deallocate(ptr, from);
    expect(Global.allocateZeroed(from)).toBe(ptr);
    expect(two.calls).toEqual([
      ["dealloc", ptr, from],
      ["alloc", from],
    ]);
    expect(bytesAt(two, ptr, 24)).toEqual(Array(24).fill(0));
  });

  test.each([
    ["grow", Layout.of(100, 8), 24],
    ["growZeroed", Layout.of(100, 8), 24],
    ["shrink", Layout.of(10, 8), 10],
    ["shrink", Layout.of(10, 64), 10],
  ] as const)("realloc for %s to %s is alloc, a copy of %d bytes, dealloc", (call, to, kept) => {
    const ptr = begin(two);
    const next = Global[call](ptr, from, to) as Ptr;
    expect(two.calls).toEqual([
      ["alloc", to],
      ["dealloc", ptr, from],
    ]);
    expect(bytesAt(two, next, kept)).toEqual(sevens(kept));
    if (call === "growZeroed") expect(bytesAt(two, (next + 24) as Ptr, 76)).toEqual(Array(76).fill(0));
  });

  test("realloc returns NULL if alloc does, and the block is unchanged", () => {
    const ptr = begin(two);
    two.room = false;
    expect([Global.grow(ptr, from, Layout.of(100)), Global.allocateZeroed(from)]).toEqual([0, 0]);
    expect(bytesAt(two, ptr, 24)).toEqual(sevens(24));
    expect(two.heap.sizeAt(ptr)).toBe(24);
  });
});

describe("of four functions", () => {
  test("allocZeroed serves zeroed requests", () => {
    begin(four);
    Global.allocateZeroed(from);
    expect(four.calls).toEqual([["allocZeroed", from]]);
  });

  test.each([
    ["grow", 100],
    ["growZeroed", 100],
    ["shrink", 10],
  ] as const)("realloc serves %s, with the layout last requested for the block", (call, size) => {
    const ptr = begin(four);
    const next = Global[call](ptr, from, Layout.of(size, 8)) as Ptr;
    expect(four.calls).toEqual([["realloc", ptr, from, size]]);
    expect(bytesAt(four, next, Math.min(24, size))).toEqual(sevens(Math.min(24, size)));
    if (call === "growZeroed") expect(bytesAt(four, (next + 24) as Ptr, 76)).toEqual(Array(76).fill(0));
  });

  test("realloc keeps the align, so a block whose align changes is moved", () => {
    const ptr = begin(four);
    const to = Layout.of(100, 64);
    const next = Global.grow(ptr, from, to) as Ptr;
    expect(four.calls).toEqual([
      ["alloc", to],
      ["dealloc", ptr, from],
    ]);
    expect([next % 64, bytesAt(four, next, 24)]).toEqual([0, sevens(24)]);
  });

  test("NULL is passed on", () => {
    const ptr = begin(four);
    four.room = false;
    expect([Global.shrink(ptr, from, Layout.of(8)), Global.allocateZeroed(from)]).toEqual([0, 0]);
    expect(bytesAt(four, ptr, 24)).toEqual(sevens(24));
  });
});

test("size 0 never reaches the functions", () => {
  const ptr = begin(four);
  const empty = Layout.of(0, 16);
  expect([Global.allocate(empty), Global.allocateZeroed(empty), Global.grow(empty.dangling, empty, empty)]).toEqual([
    empty.dangling,
    empty.dangling,
    empty.dangling,
  ]);
  Global.deallocate(empty.dangling, empty);
  expect(four.calls).toEqual([]);
  expect(Global.shrink(ptr, from, empty)).toBe(empty.dangling);
  expect(four.calls).toEqual([["dealloc", ptr, from]]);
});

test("in a memory without bytes, zeroing and moving are refused, and nothing is called", () => {
  const virtual = new Two(system({ parent: addresses() }));
  end = overrideGlobalAllocator(virtual);
  const ptr = take(Global, from);
  virtual.calls.length = 0;
  expect(misuseOf(() => Global.allocateZeroed(from)).code).toBe("no-bytes");
  expect(misuseOf(() => Global.grow(ptr, from, Layout.of(100))).code).toBe("no-bytes");
  expect(virtual.calls).toEqual([]);
});

test("its description names its shape", () => {
  begin(two);
  expect(Global.describe().nodes.map(({ kind }) => kind)).toEqual(["Global", "GlobalAlloc"]);
});
