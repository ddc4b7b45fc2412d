import { Layout, Memory, type Pages, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resizable } from "../../core/test/support/resizable.ts";
import { copyBytes, zeroBytes } from "../src/heap/bytes.ts";
import { bytes, GiB, KiB, misuseOf, RUNS, take, wordsOf } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);

/** Addresses with bytes stored elsewhere, as those of a file. */
function hooked(length: number): { root: Pages; u8: Uint8Array } {
  const u8 = new Uint8Array(length);
  const hooks = {
    copy: (to: number, from: number, bytes: number) => void u8.copyWithin(to, from, from + bytes),
    fill: (ptr: number, bytes: number, value: number) => void u8.fill(value, ptr, ptr + bytes),
  };
  return { root: pages(Memory.virtual(length, hooks)), u8 };
}

/** The memories in which bytes are tested, each with a reader. */
const MEMORIES: Record<string, () => { root: Pages; u8: () => Uint8Array }> = {
  "an ArrayBuffer": () => {
    const root = bytes(256 * KiB);
    return { root, u8: () => root.memory.u8 };
  },
  "a linear memory": () => {
    const root = pages(Memory.linear({ maximum: 256 * KiB }));
    return { root, u8: () => root.memory.u8 };
  },
  "a shared memory": () => {
    const root = pages(Memory.linear({ maximum: 256 * KiB, shared: true }));
    return { root, u8: () => root.memory.u8 };
  },
  "a virtual memory with hooks": () => {
    const { root, u8 } = hooked(256 * KiB);
    return { root, u8: () => u8 };
  },
};

describe("copyBytes and zeroBytes", () => {
  /** Bytes of a block: whole words. */
  const roomFor = (count: number) => Math.ceil(count / 4) * 4;
  const COUNTS = [1, 2, 3, 4, 5, 7, 8, 12, 31, 64, 255, 256, 257, 259, 260, 1000];

  test.each(COUNTS)("copy and clear %i bytes at multiples of 4, and nothing outside the two blocks", (count) => {
    const memory = Memory.over(new ArrayBuffer(8 * KiB));
    const room = roomFor(count);
    for (const [from, to] of [
      [4, 4 + room],
      [8 + room, 8],
      [20, 8 * KiB - room],
    ] as [Ptr, Ptr][]) {
      const before = memory.u8.map((_, index) => (index * 7 + 1) % 256);
      memory.u8.set(before);
      copyBytes(memory, to, from, count);
      const expected = before.slice();
      expected.copyWithin(to, from, from + count);
      // The rest of the last word is the block's own.
      const rest = to + count;
      expect([...memory.u8.subarray(0, rest)]).toEqual([...expected.subarray(0, rest)]);
      expect([...memory.u8.subarray(to + room)]).toEqual([...expected.subarray(to + room)]);
      memory.u8.set(before);
      zeroBytes(memory, to, count);
      expect(memory.u8.subarray(to, to + count).every((byte) => byte === 0)).toBe(true);
      expect([...memory.u8.subarray(0, to)]).toEqual([...before.subarray(0, to)]);
      expect([...memory.u8.subarray(to + room)]).toEqual([...before.subarray(to + room)]);
    }
  });

  test("work above 2 GiB, and at the end of a memory", () => {
    const memory = Memory.linear({ initial: 2 * GiB + 128 * KiB, maximum: 2 * GiB + 128 * KiB });
    const end = 2 * GiB + 128 * KiB;
    for (const count of [3, 4, 17, 256, 300]) {
      const [from, to] = [2 * GiB - 8, end - roomFor(count)] as Ptr[] as [Ptr, Ptr];
      memory.fill(from, count, 9);
      copyBytes(memory, to, from, count);
      expect(memory.u8.subarray(to, to + count).every((byte) => byte === 9)).toBe(true);
      zeroBytes(memory, to, count);
      expect(memory.u8.subarray(to, to + count).every((byte) => byte === 0)).toBe(true);
    }
  });
});

describe.each(Object.entries(MEMORIES))("in %s", (_, make) => {
  const anySize = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 6000 }));
  const anyAlign = fc.nat(6).map((power) => 2 ** power);

  test("allocateZeroed and growZeroed work in memory that was used before, and no other block's bytes change", () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ zeroed: anySize, align: anyAlign }) },
      { weight: 2, arbitrary: fc.record({ grow: fc.nat(), by: anySize, align: anyAlign }) },
      { weight: 2, arbitrary: fc.record({ shrink: fc.nat(), by: anySize }) },
      { weight: 3, arbitrary: fc.record({ release: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { root, u8 } = make();
        const heap = system({ parent: root });
        const live: { ptr: Ptr; layout: Layout; mark: number }[] = [];
        let mark = 0;
        /** Marks all usable bytes of a block, so that the next block there is not zero by chance. */
        const add = (ptr: Ptr, layout: Layout) => {
          mark = (mark % 255) + 1;
          u8().fill(mark, ptr, ptr + heap.usableSize(layout));
          live.push({ ptr, layout, mark });
        };
        const expectAll = (ptr: Ptr, from: number, to: number, value: number) => {
          const found = u8().subarray(ptr + from, ptr + to);
          const wanted = new Uint8Array(to - from).fill(value);
          expect(Buffer.compare(found, wanted), `bytes ${from} to ${to} are ${value}`).toBe(0);
        };
        for (const step of steps) {
          if ("zeroed" in step) {
            const layout = of(step.zeroed, step.align);
            const ptr = heap.allocateZeroed(layout);
            if (ptr === 0) continue;
            expectAll(ptr, 0, heap.usableSize(layout), 0);
            add(ptr, layout);
            continue;
          }
          const index =
            ("grow" in step ? step.grow : "shrink" in step ? step.shrink : step.release) % (live.length || 1);
          const [one] = live.splice(index, 1);
          if (one === undefined) continue;
          const { ptr, layout, mark: value } = one;
          if ("release" in step) heap.deallocate(ptr, layout);
          else if ("grow" in step) {
            const to = of(layout.size + step.by, step.align);
            const next = heap.growZeroed(ptr, layout, to);
            if (next === 0) live.push(one);
            else {
              expectAll(next, 0, layout.size, value);
              expectAll(next, layout.size, heap.usableSize(to), 0);
              add(next, to);
            }
          } else {
            const to = of(Math.max(1, layout.size - step.by), layout.align);
            const next = heap.shrink(ptr, layout, to);
            if (next === 0) live.push(one);
            else {
              expectAll(next, 0, to.size, value);
              add(next, to);
            }
          }
        }
        for (const { ptr, layout, mark } of live) expectAll(ptr, 0, layout.size, mark);
        heap.check();
      }),
      { ...RUNS, numRuns: 60 },
    );
  });

  test.each([1, 3, 5, 12, 28, 253, 257, 1000, 1025])(
    "blocks of %i are zero up to the end of the memory, and again after use",
    (size) => {
      const { root, u8 } = make();
      const heap = system({ parent: root });
      const layout = of(size, 1);
      const blocks: Ptr[] = [];
      const zeros = new Uint8Array(size);
      for (let round = 0; round < 2; round++) {
        for (let ptr = heap.allocateZeroed(layout); ptr !== 0; ptr = heap.allocateZeroed(layout)) {
          if (Buffer.compare(u8().subarray(ptr, ptr + size), zeros) !== 0) expect(ptr).toBe("zero");
          u8().fill(255, ptr, ptr + heap.usableSize(layout));
          blocks.push(ptr);
        }
        expect(blocks.reduce<number>((a, b) => Math.max(a, b), 0)).toBeGreaterThan(256 * KiB - 16 * KiB);
        for (const ptr of blocks.splice(0)) heap.deallocate(ptr, layout);
      }
    },
  );
});

test("in a memory that a guest grows between two calls, blocks are copied and cleared in the current bytes", () => {
  const guest = new WebAssembly.Memory({ initial: 2, maximum: 32 });
  const heap = system({ parent: pages(Memory.over(guest)) });
  const ptr = take(heap, of(50));
  heap.memory.u8.fill(5, ptr, ptr + 50);
  guest.grow(1);
  const moved = heap.growZeroed(ptr, of(50), of(100)) as Ptr;
  expect([...new Uint8Array(guest.buffer, moved, 100)]).toEqual([...Array(50).fill(5), ...Array(50).fill(0)]);
});

describe.each([false, true])("a resizable buffer that is made shorter, under a heap with checked: %s,", (checked) => {
  const SIZES = [8, 40, 96, 200, 1000, 8000];

  test.each(SIZES)("is out of bounds if a block of %i bytes beyond its end is cleared or moved", (size) => {
    const buffer = resizable(ArrayBuffer, 1024 * KiB, 1024 * KiB);
    const memory = Memory.over(buffer);
    const heap = system({ parent: pages(memory), checked });
    const [layout, larger] = [of(size), of(2 * size + 64)];
    // Both classes have a slab, so that no call changes more than needed; and a released large block is cached.
    const ptrs = [take(heap, layout), take(heap, layout), take(heap, larger), take(heap, larger)];
    heap.deallocate(ptrs[1]!, layout);
    heap.deallocate(ptrs[3]!, larger);
    buffer.resize(16);
    const live = () => heap.sizeAt(ptrs[0]!) === heap.usableSize(layout);
    for (const call of [
      () => heap.allocateZeroed(layout),
      () => heap.grow(ptrs[0]!, layout, larger),
      () => heap.growZeroed(ptrs[0]!, layout, larger),
      // A large block is shrunk in place: no byte is touched.
      ...(size > 1024 ? [] : [() => heap.shrink(ptrs[2]!, larger, layout)]),
    ]) {
      const before = wordsOf(heap);
      expect(misuseOf(call).code).toBe("out-of-bounds");
      expect(wordsOf(heap)).toEqual(before);
      expect(live()).toBe(true);
      heap.check();
    }
    buffer.resize(1024 * KiB);
    expect(heap.allocateZeroed(layout)).toBe(ptrs[1]);
  });
});
