import { Allocator, Layout, Memory, NULL, type Null, orThrow, type Ptr } from "@alloc/core";
import { move } from "@alloc/core/author";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FirstFit } from "./support/heaps.ts";

const BASE = 65536;
const BYTES = 4096;
const STOP = new Error("the n-th call");

/** Bytes behind hooks, and a heap over them; any call of either may throw. */
function fragile() {
  const store = new Uint8Array(BYTES);
  const state = { calls: 0, fails: Infinity, failed: false };
  /** Throws at the n-th call, once: undoing must work afterwards. */
  const tick = () => {
    if (++state.calls !== state.fails) return;
    state.failed = true;
    throw STOP;
  };
  const memory = Memory.virtual(BYTES, {
    base: BASE,
    copy(to, from, bytes) {
      tick();
      store.copyWithin(to - BASE, from - BASE, from - BASE + bytes);
    },
    fill(ptr, bytes, value) {
      tick();
      store.fill(value, ptr - BASE, ptr - BASE + bytes);
    },
  });
  const heap = new FirstFit(BASE, BASE + BYTES);
  return { store, state, tick, memory, heap };
}
type Fragile = ReturnType<typeof fragile>;

/** An allocator over such a heap; with `inPlace` it resizes in place while there is room after the block. */
function plain({ memory, heap, tick }: Fragile, inPlace: boolean): Allocator {
  const parts = {
    memory,
    allocate({ size, align }: Layout) {
      tick();
      return heap.take(size, align) as Ptr | Null;
    },
    deallocate(ptr: Ptr) {
      tick();
      heap.release(ptr);
    },
  };
  if (!inPlace) return Allocator.from(parts);
  return Allocator.from({
    ...parts,
    resizeInPlace(ptr: Ptr, _from: Layout, to: Layout) {
      tick();
      heap.sizeAt(ptr);
      const others = [...heap.live].filter(([start]) => start !== ptr);
      if (ptr + to.size > BASE + BYTES) return false;
      if (others.some(([start, bytes]) => start < ptr + to.size && ptr < start + bytes)) return false;
      heap.live.set(ptr, to.size);
      return true;
    },
  });
}

/** An allocator that writes 16 bytes of its own before each block, as affix does. */
class Prefixed extends Allocator {
  override readonly memory: Memory;
  readonly inner: Allocator;
  constructor(inner: Allocator) {
    super(undefined, [inner]);
    this.memory = inner.memory;
    this.inner = inner;
  }
  outer({ size, align }: Layout): Layout {
    return Layout.of(size + 16, Math.max(align, 16));
  }
  override allocate(layout: Layout): Ptr | Null {
    if (layout.size === 0) return layout.dangling;
    const ptr = this.inner.allocate(this.outer(layout));
    if (ptr === NULL) return NULL;
    try {
      this.memory.fill(ptr, 16, 0xaf);
    } catch (error) {
      this.inner.deallocate(ptr, this.outer(layout));
      throw error;
    }
    return (ptr + 16) as Ptr;
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size !== 0) this.inner.deallocate((ptr - 16) as Ptr, this.outer(layout));
  }
}

const KINDS: [string, (fragile: Fragile) => Allocator][] = [
  ["an allocator that always moves", (made) => plain(made, false)],
  ["an allocator that resizes in place", (made) => plain(made, true)],
  ["an allocator with a prefix over it", (made) => new Prefixed(plain(made, true))],
  ["the same, lent", (made) => new Prefixed(plain(made, false)).byRef()],
];

const sizes = fc.integer({ min: 1, max: 200 });
const aligns = fc.constantFrom(1, 8, 64);
const program = fc.record({
  call: fc.constantFrom("allocateZeroed", "grow", "growZeroed", "growZeroed", "shrink", "move"),
  sizes: fc.tuple(sizes, sizes),
  // In place only if the align stays.
  aligns: fc.oneof(
    aligns.map((align) => [align, align] as const),
    fc.tuple(aligns, aligns),
  ),
  behind: fc.boolean(),
  fails: fc.integer({ min: 1, max: 5 }),
});

describe.each(KINDS)("in %s, if the n-th call of a hook or of the heap throws", (_, make) => {
  test("the caller's block is unchanged, and nothing is lost", () => {
    fc.assert(
      fc.property(program, ({ call, sizes, aligns, behind, fails }) => {
        const made = fragile();
        const { store, state, heap } = made;
        const allocator = make(made);
        const [small, large] = sizes.toSorted((a, b) => a - b);
        const [from, to] = call === "shrink" ? [large!, small!] : [small!, large!];
        const [old, next] = [Layout.of(from, aligns[0]), Layout.of(to, aligns[1])];
        store.fill(0xee);
        const ptr = orThrow(allocator.allocate(old), old);
        if (behind) allocator.allocate(Layout.of(8));
        for (let index = 0; index < old.size; index++) store[ptr - BASE + index] = index & 127;
        const before = [...heap.live];
        state.calls = 0;
        state.fails = fails;
        let result: Ptr | Null = NULL;
        let thrown: unknown;
        try {
          if (call === "allocateZeroed") result = allocator.allocateZeroed(next);
          else if (call === "move") result = move(allocator, ptr, old, allocator, next);
          else result = allocator[call](ptr, old, next);
        } catch (error) {
          thrown = error;
        }
        // A release that throws has not released, so the new block is released.
        if (state.failed) {
          expect(thrown).toBe(STOP);
          expect(new Map(heap.live)).toEqual(new Map(before));
          const bytes = [...store.subarray(ptr - BASE, ptr - BASE + old.size)];
          expect(bytes).toEqual(bytes.map((_, index) => index & 127));
          return;
        }
        expect(thrown).toBeUndefined();
        expect(result).not.toBe(NULL);
        const kept = call === "allocateZeroed" ? 0 : Math.min(old.size, next.size);
        const bytes = [...store.subarray(result - BASE, result - BASE + next.size)];
        expect(bytes.slice(0, kept)).toEqual(bytes.slice(0, kept).map((_, index) => index & 127));
        if (call.endsWith("Zeroed")) expect(bytes.slice(kept).every((byte) => byte === 0)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });
});

test("if undoing throws too, both errors are thrown", () => {
  const made = fragile();
  const [first, second] = [new Error("fill"), new Error("deallocate")];
  const allocator = Allocator.from({
    memory: Memory.virtual(64, {
      copy() {},
      fill() {
        throw first;
      },
    }),
    allocate: () => 16 as Ptr,
    deallocate() {
      throw second;
    },
  });
  expect(made.heap.live.size).toBe(0);
  expect(() => allocator.allocateZeroed(Layout.of(8))).toThrow(expect.objectContaining({ errors: [first, second] }));
});
