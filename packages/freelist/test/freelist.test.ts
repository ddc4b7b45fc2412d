import { Allocator, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const root = () => pages(Memory.linear({ maximum: 8 * 2 ** 20 }));
const take = (list: Allocator, size: number, align = 8) =>
  orThrow(list.allocate(Layout.of(size, align)), Layout.of(size, align));
describe("blocks", () => {
  test("the block released last is handed out first", () => {
    const list = freeList(64, { blocks: 4, parent: root() });
    const [first, second] = [take(list, 64), take(list, 64)];
    list.deallocate(first, Layout.of(64));
    list.deallocate(second, Layout.of(64));
    expect([take(list, 64), take(list, 64)]).toEqual([second, first]);
  });

  test("a fresh list hands out its blocks in the order of their addresses", () => {
    const list = freeList(32, { blocks: 3, parent: root() });
    const base = take(list, 32);
    expect([take(list, 32), take(list, 32)]).toEqual([base + 32, base + 64]);
  });

  test("of 64 blocks of 1024 bytes the 65th is refused, ten times over", () => {
    const list = freeList(1024, { blocks: 64, parent: root() });
    for (let round = 0; round < 10; round++) {
      const blocks = Array.from({ length: 64 }, () => take(list, 1024));
      expect(list.allocate(Layout.of(1024))).toBe(0);
      for (const block of blocks) list.deallocate(block, Layout.of(1024));
    }
  });

  test("a block may be filled to its last byte, and one byte more is refused", () => {
    const list = freeList(64, { parent: root() });
    expect(list.allocate(Layout.of(64))).not.toBe(0);
    expect(list.allocate(Layout.of(65))).toBe(0);
    expect(list.usableSize(Layout.of(65))).toBe(0);
  });

  test.each([
    ["8", 4, 8],
    ["the largest power of two that divides the block size", 96, 32],
    ["at most 4096", 65536, 4096],
  ])("by default the alignment is %s", (_what, blockSize, align) => {
    const list = freeList(blockSize, { parent: root() });
    expect(list.align).toBe(align);
    expect(take(list, 1, align) % align).toBe(0);
    expect(list.allocate(Layout.of(1, 2 * align))).toBe(0);
  });

  test("the block size is rounded up to the alignment, so that every block is aligned", () => {
    const list = freeList(40, { blocks: 3, align: 64, parent: root() });
    expect(list.blockSize).toBe(64);
    expect([take(list, 40, 64), take(list, 40, 64), take(list, 40, 64)].map((ptr) => ptr % 64)).toEqual([0, 0, 0]);
  });

  test.each([
    [64, 1024],
    [1, 8192],
    [1024, 64],
    [65536, 64],
  ])(
    "for blocks of %i bytes the default number is %i: as many as fill 64 KiB, and at least 64",
    (blockSize, blocks) => {
      expect(freeList(blockSize, { parent: pages(Memory.virtual(2 ** 24)) }).capacity).toBe(blocks);
    },
  );
});

test("owns starts with the first byte of the chunk and ends with the last", () => {
  const list = freeList(48, { blocks: 3, parent: root() });
  const base = take(list, 48);
  const edges = [base - 1, base, base + 3 * 48 - 1, base + 3 * 48];
  expect(edges.map((ptr) => list.owns(ptr as Ptr))).toEqual([false, true, true, false]);
});

describe("misuse", () => {
  const list: FreeList = freeList(48, { blocks: 3, parent: root() });
  const layout = Layout.of(48);
  const [first, , last] = [take(list, 48), take(list, 48), take(list, 48)];

  test("one byte, a link's width and all but one byte inside a block are interior pointers", () => {
    for (const offset of [1, 2, 4, 47]) {
      expect(codeThrown(() => list.deallocate((first + offset) as Ptr, layout))).toBe("interior-pointer");
    }
  });

  test("the addresses before the first and after the last block are foreign", () => {
    for (const ptr of [first - 48, last + 48, first - 1, 1, NaN]) {
      expect(codeThrown(() => list.deallocate(ptr as Ptr, layout))).toBe("foreign-pointer");
    }
  });

  test("the address after the last block is foreign even in an empty list", () => {
    const own = freeList(48, { blocks: 1, parent: root() });
    const only = take(own, 48);
    expect(codeThrown(() => own.deallocate((only - 48) as Ptr, layout))).toBe("foreign-pointer");
    expect(codeThrown(() => own.deallocate((only + 48) as Ptr, layout))).toBe("foreign-pointer");
  });

  test("a dead block is detected by release, grow, shrink, resizeInPlace and sizeAt, with its address in the message", () => {
    const own = freeList(48, { blocks: 3, parent: root() });
    const dead = take(own, 48);
    own.deallocate(dead, layout);
    const [smaller, larger] = [Layout.of(8), Layout.of(48)];
    const calls = [
      () => own.deallocate(dead, layout),
      () => own.grow(dead, smaller, larger),
      () => own.shrink(dead, larger, smaller),
      () => own.resizeInPlace(dead, larger, smaller),
      () => own.sizeAt(dead),
    ];
    for (const call of calls) expect(codeThrown(call)).toBe("double-free");
    expect(() => own.deallocate(dead, layout)).toThrow(`the block at ${dead} is not live`);
  });

  test("misuse changes no word", () => {
    const own = freeList(48, { blocks: 3, parent: root() });
    const dead = take(own, 48);
    own.deallocate(dead, layout);
    const before = own.describe().nodes[0]!.state.links!.slice();
    expect(codeThrown(() => own.deallocate(dead, layout))).toBe("double-free");
    expect(own.describe().nodes[0]!.state.links).toEqual(before);
  });
});

describe("bounds", () => {
  test.each([0, -1, 1.5, NaN, Infinity, 2 ** 32])("a block size of %d is refused with a LayoutError", (blockSize) => {
    expect(() => freeList(blockSize, { blocks: 1 })).toThrow(expect.objectContaining({ name: "LayoutError" }));
  });

  test.each([0, 3, -8, 2 ** 32])("an align of %d is refused with a LayoutError", (align) => {
    expect(() => freeList(64, { align })).toThrow(expect.objectContaining({ name: "LayoutError", code: "align" }));
  });

  test.each([0, -1, 0.5, NaN])("%d blocks are refused with a LayoutError", (blocks) => {
    expect(() => freeList(64, { blocks })).toThrow(expect.objectContaining({ name: "LayoutError", code: "count" }));
  });

  test("more blocks than there are addresses are refused with a LayoutError", () => {
    expect(() => freeList(64, { blocks: 2 ** 26 })).toThrow(
      expect.objectContaining({ name: "LayoutError", code: "size" }),
    );
  });

  test("a parent without room is an AllocError with the number of bytes, and loses nothing", () => {
    const parent = pages(Memory.linear({ maximum: 2 ** 17 }));
    expect(() => freeList(64, { blocks: 2048, parent })).toThrow("memory allocation of 131072 bytes failed");
    expect(parent.footprint().held).toBe(0);
  });
});

describe("state", () => {
  test.each([
    [2 ** 15 - 1, Int16Array],
    [2 ** 15, Int32Array],
  ])("the links of %i blocks are an %o", (blocks, Type) => {
    const list = freeList(8, { blocks, parent: root() });
    expect(list.describe().nodes[0]!.state.links).toBeInstanceOf(Type);
    const all = Array.from({ length: blocks }, () => take(list, 8));
    expect(list.allocate(Layout.of(8))).toBe(0);
    list.deallocate(all[blocks - 1]!, Layout.of(8));
    expect(take(list, 8)).toBe(all[blocks - 1]);
  });

  test("the footprint is the chunk and two bytes of links per block, and the head", () => {
    expect(freeList(64, { blocks: 100, parent: root() }).footprint()).toEqual({
      held: 6400,
      bookkeeping: 202,
      peak: 6602,
    });
  });

  test("check finds a broken link, a cycle and a lost block", () => {
    const breakages: ((links: Int16Array) => void)[] = [
      (links) => links.fill(9, 1, 2),
      (links) => links.fill(1, 2, 3),
      (links) => links.fill(0, 2, 3),
    ];
    for (const breakLink of breakages) {
      const list = freeList(64, { blocks: 4, parent: root() });
      list.check();
      breakLink(list.describe().nodes[0]!.state.links as Int16Array);
      expect(() => list.check()).toThrow("broken invariant");
    }
  });

  test("the links are shared when the memory is", () => {
    const list = freeList(64, { parent: pages(Memory.linear({ shared: true })) });
    expect(list.describe().nodes[0]!.state.links!.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test("dispose gives the chunk back, even with live blocks in it", () => {
    const parent = root();
    const list = freeList(64, { parent });
    take(list, 64);
    list.dispose();
    expect(parent.footprint().held).toBe(0);
  });

  test("live and free blocks add up to all blocks, after any sequence of requests and releases", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (choices) => {
        const list = freeList(16, { blocks: 8, parent: pages(Memory.virtual(2 ** 20)) });
        const live: Ptr[] = [];
        for (const choice of choices) {
          const ptr = choice < 12 ? list.allocate(Layout.of(16)) : 0;
          if (ptr !== 0) live.push(ptr);
          else if (live.length > 0) list.deallocate(live.splice(choice % live.length, 1)[0]!, Layout.of(16));
          list.check();
          expect(new Set(live).size).toBe(live.length);
          expect(live.length).toBeLessThanOrEqual(8);
        }
      }),
    );
  });
});

describe("small memories", () => {
  const MEMORIES: Readonly<Record<string, () => Memory>> = {
    "an ArrayBuffer of 4 KiB": () => Memory.over(new ArrayBuffer(4096)),
    "64 KiB of addresses from 64 KiB on": () => Memory.virtual(65536, { base: 65536 }),
    "64 KiB of addresses": () => Memory.virtual(65536),
  };

  test.each(Object.entries(MEMORIES))("%s: a list serves at least 90 %% of the bytes by default", (_, make) => {
    for (const blockSize of [8, 16, 40, 64, 256]) {
      const memory = make();
      const list = freeList(blockSize, { parent: pages(memory) });
      let served = 0;
      while (list.allocate(Layout.of(blockSize)) !== NULL) served += blockSize;
      expect(served).toBeGreaterThan(0.9 * (memory.to - memory.from));
      list.dispose();
      expect(pages(memory).footprint().held).toBe(0);
    }
  });

  test("256 uniforms of align 256 fit in 64 KiB, each at a multiple of 256", () => {
    const memory = Memory.virtual(65536, { base: 65536 });
    const list = freeList(256, { align: 256, blocks: 256, parent: pages(memory) });
    const ptrs = Array.from({ length: 256 }, (_, index) => take(list, [64, 80, 144, 208, 256][index % 5]!, 256));
    expect(new Set(ptrs.map((ptr) => (ptr - 65536) / 256))).toEqual(new Set(Array.from({ length: 256 }, (_, i) => i)));
  });

  test("if most of the memory is taken, it has as many blocks as fit, or throws if none fits", () => {
    const parent = pages(Memory.over(new ArrayBuffer(65536)));
    const taken = take(parent, 60_000);
    const list = freeList(64, { parent });
    expect(list.capacity).toBeGreaterThan(0.8 * ((65536 - 60_000) / 64));
    while (parent.allocate(Layout.of(16)) !== NULL);
    expect(codeThrown(() => freeList(64, { parent }))).toBe("no-room");
    expect(codeThrown(() => freeList(64, { blocks: 1, parent }))).toBe("no-room");
    parent.deallocate(taken, Layout.of(60_000));
  });
});

describe("a parent that throws", () => {
  test.each(["allocate", "usableSize"] as const)("in %s has given nothing", (name) => {
    const inner = root();
    const fail = () => {
      throw new Error("parent");
    };
    const parent = Allocator.from({
      memory: inner.memory,
      allocate: name === "allocate" ? fail : (layout) => inner.allocate(layout),
      deallocate: (ptr, layout) => inner.deallocate(ptr, layout),
      usableSize: name === "usableSize" ? fail : (layout) => inner.usableSize(layout),
    });
    expect(() => freeList(64, { parent })).toThrow("parent");
    expect(inner.footprint().held).toBe(0);
  });

  test("when the chunk is released is reported, and the list has ended", () => {
    const inner = root();
    const parent = Allocator.from({
      memory: inner.memory,
      allocate: (layout) => inner.allocate(layout),
      deallocate: () => {
        throw new Error("parent");
      },
    });
    const list = freeList(64, { parent });
    expect(() => list.dispose()).toThrow("parent");
    expect(codeThrown(() => list.allocate(Layout.of(8)))).toBe("disposed");
    list.dispose();
  });
});

describe("an invalid layout", () => {
  test.each<[string, unknown]>([
    ["a number", 100],
    ["undefined", undefined],
    ["an object without an align", { size: 8 }],
    ["a negative size", { size: -8, align: 8 }],
  ])("%s is a TypeError", (_, layout) => {
    const list = freeList(64, { blocks: 1, parent: root() });
    expect(() => list.allocate(layout as Layout)).toThrow(TypeError);
    take(list, 64);
    expect(() => list.allocate(layout as Layout)).toThrow(TypeError);
  });

  test("NULL is no block", () => {
    const list = freeList(64, { blocks: 1, parent: root() });
    const [none, layout, longer] = [NULL as unknown as Ptr, Layout.of(8), Layout.of(16, 16)];
    const calls = [
      () => list.deallocate(none, layout),
      () => list.grow(none, layout, longer),
      () => list.shrink(none, longer, layout),
      () => list.resizeInPlace(none, layout, longer),
      () => list.sizeAt(none),
    ];
    expect(calls.map((call) => codeThrown(call))).toEqual(Array(5).fill("foreign-pointer"));
  });
});

test("a reset changes the epoch, and a release does not", () => {
  const list = freeList(64, { blocks: 2, parent: root() });
  const before = list.epoch;
  list.deallocate(take(list, 64), Layout.of(64));
  expect(list.epoch).toBe(before);
  list.reset();
  expect(list.epoch).not.toBe(before);
});
