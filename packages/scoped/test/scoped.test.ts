import { fallback } from "@alloc/combinators";
import { Allocator, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { root, take } from "./support.ts";

const GiB = 2 ** 30;

describe("blocks", () => {
  test("lie one after the other, with no gap except for alignment", () => {
    const region = scoped(1024, { parent: root() });
    const first = take(region, 3, 1);
    expect([take(region, 1, 1), take(region, 4, 4), take(region, 16, 64)]).toEqual([first + 3, first + 4, first + 64]);
  });

  test("may fill the region to its last byte, and one byte more is refused", () => {
    const region = scoped(1000, { parent: root() });
    expect(region.allocate(Layout.of(1001, 1))).toBe(NULL);
    take(region, 999, 1);
    take(region, 1, 1);
    expect(region.allocate(Layout.of(1, 1))).toBe(NULL);
  });

  test("a request without room changes nothing: a smaller one is served at the end of the last block", () => {
    const region = scoped(64, { parent: root() });
    const first = take(region, 40);
    expect(region.allocate(Layout.of(40))).toBe(NULL);
    expect(take(region, 24)).toBe(first + 40);
  });

  test("of a larger alignment than the chunk's are served while they fit", () => {
    const parent = scoped(4096, { parent: root() });
    take(parent, 16, 16);
    const region = scoped(512, { parent });
    const base = take(region, 16, 16);
    expect(base % 128).toBe(16);
    expect(take(region, 272, 128) % 128).toBe(0);
    expect(region.allocate(Layout.of(128, 128))).toBe(NULL);
  });

  test("near 4 GiB in size are refused, whatever the tip and the alignment are", () => {
    const region = scoped(4096, { parent: pages(Memory.virtual(4 * GiB)), grow: true });
    take(region, 1, 1);
    for (const [size, align] of [
      [2 ** 32 - 1, 1],
      [2 ** 32 - 8, 8],
      [2 ** 31, 2 ** 31],
      [2 ** 32 - 65536, 65536],
    ] as const) {
      expect(region.allocate(Layout.of(size, align))).toBe(NULL);
      expect(region.usableSize(Layout.of(size, align))).toBe(0);
    }
    expect(region.footprint().held).toBe(4096);
  });

  test("a region of nearly 4 GiB is served to its last byte, and no address wraps", () => {
    const bytes = 4 * GiB - 3 * 65536;
    const region = scoped(bytes, { parent: pages(Memory.virtual(4 * GiB)) });
    const base = take(region, bytes - 16, 16);
    expect(region.allocate(Layout.of(17, 1))).toBe(NULL);
    const last = take(region, 16, 16);
    expect([last, region.owns((last + 15) as Ptr), region.owns((last + 16) as Ptr)]).toEqual([
      base + bytes - 16,
      true,
      false,
    ]);
    expect(region.resizeInPlace(last, Layout.of(16, 16), Layout.of(17, 16))).toBe(false);
  });
});

describe("release and resize", () => {
  test("the block at the tip is released: the next one takes its place, any number of times", () => {
    const region = scoped(64, { parent: root() });
    const [first, second] = [take(region, 32), take(region, 32)];
    region.deallocate(second, Layout.of(32));
    region.deallocate(first, Layout.of(32));
    expect(take(region, 64)).toBe(first);
  });

  test("releasing a block below the tip changes nothing", () => {
    const region = scoped(64, { parent: root() });
    const [first, second] = [take(region, 32), take(region, 16)];
    region.deallocate(first, Layout.of(32));
    expect(take(region, 16)).toBe(second + 16);
    expect(region.allocate(Layout.of(1, 1))).toBe(NULL);
  });

  test("the block at the tip grows in place, to fill the region exactly", () => {
    const region = scoped(64, { parent: root() });
    const ptr = take(region, 8);
    expect(region.grow(ptr, Layout.of(8), Layout.of(64))).toBe(ptr);
    expect(region.allocate(Layout.of(1, 1))).toBe(NULL);
    expect(region.resizeInPlace(ptr, Layout.of(64), Layout.of(65))).toBe(false);
  });

  test("the block at the tip shrinks in place, and gives back the bytes after it", () => {
    const region = scoped(64, { parent: root() });
    const ptr = take(region, 64);
    expect(region.shrink(ptr, Layout.of(64), Layout.of(8))).toBe(ptr);
    expect(take(region, 56)).toBe(ptr + 8);
  });

  test("the block at the tip is released when it is shrunk to 0", () => {
    const region = scoped(64, { parent: root() });
    const ptr = take(region, 64);
    expect(region.shrink(ptr, Layout.of(64), Layout.of(0))).toBe(Layout.of(0).dangling);
    expect(take(region, 64)).toBe(ptr);
  });

  test("a block below the tip shrinks in place, and moves with its bytes when it grows", () => {
    const region = scoped(256, { parent: root() });
    const [first, second] = [take(region, 32), take(region, 32)];
    region.memory.view(Uint8Array, first, 32).fill(7);
    expect(region.shrink(first, Layout.of(32), Layout.of(16))).toBe(first);
    expect(region.resizeInPlace(first, Layout.of(16), Layout.of(32))).toBe(false);
    const grown = orThrow(region.grow(first, Layout.of(16), Layout.of(100)), Layout.of(100));
    expect(grown).toBe(second + 32);
    expect([...region.memory.view(Uint8Array, grown, 16)]).toEqual(Array(16).fill(7));
  });

  test("a block that cannot grow is unchanged", () => {
    const region = scoped(64, { parent: root() });
    const [first] = [take(region, 32), take(region, 16)];
    region.memory.view(Uint8Array, first, 32).fill(7);
    expect(region.grow(first, Layout.of(32), Layout.of(64))).toBe(NULL);
    expect([...region.memory.view(Uint8Array, first, 32)]).toEqual(Array(32).fill(7));
    expect(take(region, 16)).toBe(first + 48);
  });
});

describe("usableSize", () => {
  test("is 0 exactly if a layout does not fit into the empty region from an aligned address", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(4000), fc.nat(12), (bytes, size, log) => {
        const parent = scoped(8192, { parent: pages(Memory.virtual(2 ** 20)) });
        take(parent, 16, 16);
        const region = scoped(bytes, { parent });
        const layout = Layout.of(size, 2 ** log);
        const served = size !== 0 && region.allocate(layout) !== NULL;
        expect(region.usableSize(layout)).toBe(served ? size : 0);
      }),
    );
  });

  test("of a frame is 0 exactly if a layout does not fit after the blocks of the outer scopes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), fc.nat(1100), fc.nat(8), (taken, size, log) => {
        const region = scoped(1024, { parent: pages(Memory.virtual(2 ** 20)) });
        take(region, taken, 1);
        const frame = region.frame();
        const layout = Layout.of(size, 2 ** log);
        const usable = frame.usableSize(layout);
        const served = size !== 0 && frame.allocate(layout) !== NULL;
        expect(usable).toBe(served ? size : 0);
        expect(frame.usableSize(layout)).toBe(usable);
      }),
    );
  });
});

describe("owns", () => {
  test("starts with the first byte of the region and ends with the last", () => {
    const region = scoped(100, { parent: root() });
    const base = take(region, 1, 1);
    const edges = [base - 1, base, base + 99, base + 100];
    expect(edges.map((ptr) => region.owns(ptr as Ptr))).toEqual([false, true, true, false]);
  });

  test("of a frame starts with the frame", () => {
    const region = scoped(100, { parent: root() });
    const base = take(region, 10, 1);
    const frame = region.frame();
    const edges = [base, base + 9, base + 10, base + 99, base + 100];
    expect(edges.map((ptr) => frame.owns(ptr as Ptr))).toEqual([false, false, true, true, false]);
    expect(edges.map((ptr) => region.owns(ptr as Ptr))).toEqual([true, true, true, true, false]);
  });
});

describe("misuse", () => {
  const layout = Layout.of(16);
  const calls = (allocator: Allocator, ptr: Ptr) => [
    () => allocator.deallocate(ptr, layout),
    () => allocator.grow(ptr, layout, Layout.of(32)),
    () => allocator.grow(ptr, layout, Layout.of(32, 64)),
    () => allocator.shrink(ptr, layout, Layout.of(8)),
    () => allocator.shrink(ptr, layout, Layout.of(8, 64)),
    () => allocator.shrink(ptr, layout, Layout.of(0)),
  ];
  const codes = (allocator: Allocator, ptr: Ptr) => [...new Set(calls(allocator, ptr).map(codeThrown))];

  test("a second release of the block at the tip is a double-free, by every call", () => {
    const region = scoped(256, { parent: root(), grow: true });
    const [, ptr] = [take(region, 16), take(region, 16)];
    region.deallocate(ptr, layout);
    expect(codes(region, ptr)).toEqual(["double-free"]);
  });

  test("a block of a scope that has ended is detected as such, by every call", () => {
    const region = scoped(256, { parent: root() });
    take(region, 16);
    const ptr = region.scope((inner) => take(inner, 16));
    expect(codes(region, ptr)).toEqual(["closed-scope"]);
  });

  test("it still is after the outer scope released its own block at the tip, whose second release is a double-free", () => {
    const region = scoped(256, { parent: root() });
    const own = take(region, 16);
    const closed = region.scope((inner) => take(inner, 16));
    region.deallocate(own, layout);
    expect([codes(region, closed), codes(region, own)]).toEqual([["closed-scope"], ["double-free"]]);
  });

  test("a block of the outer scope, released twice in the place of an inner scope, is a double-free", () => {
    const region = scoped(256, { parent: root() });
    region.scope((inner) => take(inner, 64));
    const own = take(region, 16);
    region.deallocate(own, layout);
    expect(codes(region, own)).toEqual(["double-free"]);
  });

  test("blocks of a long scope are still detected after a shorter one", () => {
    const region = scoped(256, { parent: root() });
    const closed = region.scope((inner) => [take(inner, 64), take(inner, 16)])[1]!;
    region.scope((inner) => take(inner, 8));
    expect(codes(region, closed)).toEqual(["closed-scope"]);
  });

  test("a block from before a reset is one of a scope that has ended", () => {
    const region = scoped(256, { parent: root() });
    const ptr = take(region, 16);
    region.reset();
    expect(codes(region, ptr)).toEqual(["closed-scope"]);
  });

  test("a block of the outer scope is foreign to the inner one, also when it lies at the tip", () => {
    const region = scoped(256, { parent: root() });
    const ptr = take(region, 16);
    const frame = region.frame();
    expect(codes(frame, ptr)).toEqual(["foreign-pointer"]);
    frame.dispose();
    region.deallocate(ptr, layout);
    expect(take(region, 16)).toBe(ptr);
  });

  test("the byte before the region and the one after it are foreign, and so are invalid addresses", () => {
    const region = scoped(32, { parent: root() });
    const ptr = take(region, 32);
    for (const foreign of [ptr - 1, ptr - 16, ptr + 32, 1, NaN, -16, 2 ** 32]) {
      expect(codes(region, foreign as Ptr)).toEqual(["foreign-pointer"]);
    }
  });

  test("a layout that would reach beyond the last block is wrong", () => {
    const region = scoped(256, { parent: root() });
    const ptr = take(region, 8);
    expect(codes(region, ptr)).toEqual(["wrong-layout"]);
  });

  test("changes no word and takes no chunk", () => {
    const parent = root();
    const region = scoped(64, { parent, grow: true });
    const [, ptr] = [take(region, 16), take(region, 16)];
    region.deallocate(ptr, layout);
    take(region, 8);
    const { words } = region.describeSelf().state;
    const before = [words!.slice(), parent.footprint().held];
    for (const call of calls(region, ptr)) codeThrown(call);
    for (const call of calls(region, 32768 as Ptr)) codeThrown(call);
    codeThrown(() => region.grow(ptr, layout, Layout.of(100, 64)));
    expect([words, parent.footprint().held]).toEqual(before);
  });
});

describe("construction", () => {
  test.each([0, -1, 0.5, NaN, Infinity, 2 ** 32 - 15, 2 ** 53])("%d bytes are refused with a LayoutError", (bytes) => {
    const parent = root();
    const refused = expect.objectContaining({ name: "LayoutError", code: "size" });
    expect(() => scoped(bytes, { parent })).toThrow(refused);
    expect(() => scoped(bytes, { parent, grow: true })).toThrow(refused);
    expect(parent.footprint().held).toBe(0);
  });

  test("a parent without room is an AllocError with the number of bytes, and loses nothing", () => {
    const parent = root(2 ** 17);
    expect(() => scoped(2 ** 17, { parent })).toThrow("memory allocation of 131072 bytes failed for a scoped region");
    expect(parent.footprint().held).toBe(0);
  });

  test("dispose gives the chunk back, even with live blocks in it", () => {
    const parent = root();
    const region = scoped(100, { parent });
    take(region, 64);
    region.dispose();
    expect(parent.footprint().held).toBe(0);
  });
});

describe("state", () => {
  test("the footprint is the chunk, the words, and their peak", () => {
    const region = scoped(1000, { parent: root() });
    const own = { held: 1000, bookkeeping: 80 + 56 + 16, peak: 1152 };
    expect(region.footprint()).toEqual(own);
    const frame = region.scope((inner) => {
      take(inner, 100, 1);
      return inner.scope((innermost) => innermost.footprint());
    });
    expect(frame).toEqual({ held: 900, bookkeeping: 264, peak: 1164 });
    expect(region.footprint()).toEqual({ ...own, peak: 1264 });
  });

  test("the peak of a frame is its own highest footprint, before a reset too, and not an earlier frame's", () => {
    const region = scoped(1000, { parent: root(), grow: true });
    region.scope((inner) => take(inner, 100_000));
    using frame = region.frame();
    expect(frame.footprint().peak).toBe(1208);
    take(frame, 10_000);
    const { peak } = frame.footprint();
    expect(peak).toBe(1224 + 10_240);
    frame.reset();
    expect(frame.footprint()).toEqual({ held: 1000, bookkeeping: 208, peak });
  });

  test("describe names the scopes from the inner one to the root, with their shared words", () => {
    const parent = root();
    const { nodes } = scoped(1000, { parent }).frame().describe();
    expect(nodes.map(({ kind, options }) => [kind, options])).toEqual([
      ["scoped", { bytes: 1000, grow: false, level: 1, open: true }],
      ["scoped", { bytes: 1000, grow: false, level: 0, open: true }],
      ["pages", { granule: 2048 }],
    ]);
    expect(nodes[0]!.state.words).toBe(nodes[1]!.state.words);
  });

  test("the words are shared when the memory is", () => {
    const region = scoped(64, { parent: pages(Memory.linear({ shared: true })) });
    const { words, chunks } = region.describeSelf().state;
    expect(words!.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(chunks!.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test("check finds any broken word of the region", () => {
    const region = () => {
      const made = scoped(100, { parent: root(), grow: true });
      take(made, 200);
      const frame = made.frame();
      take(frame, 8);
      frame.check();
      return frame;
    };
    for (const [name, index] of [
      ...[0, 1, 2, 3, 4, 5].map((index) => ["words", index] as const),
      ...[1, 2, 4, 5, 6].map((index) => ["chunks", index] as const),
    ]) {
      for (const by of [-10_000, 10_000]) {
        const broken = region();
        const state = broken.describeSelf().state[name]!;
        state[index] = Number(state[index]) + by;
        expect(() => broken.check(), `${name}[${index}] + ${by}`).toThrow("broken invariant");
      }
    }
  });
});

describe("as part of a chain", () => {
  test("a region falls back to a heap, and each block goes back to its allocator", () => {
    const parent = root();
    const heap = fallback(scoped(1024, { parent }), system({ parent }));
    const layout = Layout.of(600);
    const [first, second] = [take(heap, 600), take(heap, 600)];
    expect([heap.primary.owns(first), heap.primary.owns(second)]).toEqual([true, false]);
    heap.deallocate(second, layout);
    heap.deallocate(first, layout);
    expect(take(heap, 1024)).toBe(first);
    const grown = orThrow(heap.grow(first, Layout.of(1024), Layout.of(1025)), layout);
    expect([heap.secondary.owns(grown), take(heap, 1024)]).toEqual([true, first]);
    heap.dispose();
    expect(parent.footprint().held).toBe(0);
  });

  test("a region lends chunks to other allocators, and gets them back", () => {
    const region = scoped(8192, { parent: root() });
    const list = freeList(64, { blocks: 64, parent: region });
    const inner = scoped(1000, { parent: region });
    expect([region.owns(take(list, 64)), region.owns(take(inner, 1000))]).toEqual([true, true]);
    inner.dispose();
    list.dispose();
    expect(region.allocate(Layout.of(8192))).not.toBe(NULL);
  });

  test("a fallback to an allocator in the region is refused with misroute", () => {
    const region = scoped(8192, { parent: root() });
    expect(codeThrown(() => fallback(region, freeList(64, { blocks: 1, parent: region })))).toBe("misroute");
  });

  test("a chunk of a parent that gives more than requested is used up to the requested size", () => {
    const region = scoped(100, { parent: freeList(256, { blocks: 1, parent: root() }) });
    expect(region.allocate(Layout.of(101, 1))).toBe(NULL);
    expect(region.allocate(Layout.of(100, 1))).not.toBe(NULL);
  });

  test("a parent that throws has given nothing, and nothing has changed", () => {
    const memory = Memory.linear();
    let healthy = true;
    const parent = Allocator.from({
      memory,
      allocate(layout) {
        if (!healthy) throw new Error("the parent is ill");
        return pages(memory).allocate(layout);
      },
      deallocate: (ptr, layout) => pages(memory).deallocate(ptr, layout),
    });
    const region = scoped(64, { parent, grow: true });
    const ptr = take(region, 32);
    healthy = false;
    expect(() => region.allocate(Layout.of(64))).toThrow("the parent is ill");
    region.check();
    expect(take(region, 32)).toBe(ptr + 32);
  });
});
