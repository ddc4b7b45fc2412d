import { Allocator, Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { root, take } from "./support.ts";

const arena = (bytes: number, parent: Allocator = root()) => scoped(bytes, { parent, grow: true });

describe("a region that grows", () => {
  test("takes a chunk twice as long as the first, then four times, and so on", () => {
    const region = arena(4096);
    const held = [];
    for (let count = 0; count < 15; count++) {
      take(region, 4096, 1);
      held.push(region.footprint().held / 4096);
    }
    expect(held).toEqual([1, 3, 3, 7, 7, 7, 7, ...Array(8).fill(15)]);
  });

  test("takes as much as a larger request needs, which does not lengthen the next chunk", () => {
    const region = arena(4096);
    take(region, 2 ** 20);
    expect(region.footprint().held).toBe(4096 + 2 ** 20);
    take(region, 16384);
    expect(region.footprint().held).toBe(4096 + 2 ** 20 + 16384);
  });

  test("takes only as much as needed if the parent has no room for twice as much", () => {
    const parent = root(65536 * 4);
    const region = arena(2 * 65536, parent);
    take(region, 2 * 65536, 1);
    take(region, 5000);
    expect(region.footprint().held).toBe(2 * 65536 + parent.usableSize(Layout.of(5000)));
  });

  test("uses all bytes of a chunk", () => {
    const region = arena(1024, freeList(1024, { blocks: 4, parent: root() }));
    for (let block = 0; block < 40; block++) take(region, 100, 1);
    expect(region.allocate(Layout.of(100, 1))).toBe(NULL);
    expect(region.footprint().held).toBe(4096);
  });

  test("serves any alignment that the parent serves", () => {
    const region = arena(64);
    for (const align of [32, 4096, 65536, 2 ** 20]) expect(take(region, 100, align) % align).toBe(0);
    region.check();
  });

  test("never resizes in place to a layout whose usable size is 0, even if the last chunk happens to have room", () => {
    // Chunks of 256 bytes at odd multiples of 64. Of the first one 80 bytes are used: 16 at align 128.
    const memory = Memory.over(new ArrayBuffer(65536));
    const parent = freeList(256, { blocks: 40, align: 64, parent: pages(memory) });
    if (take(parent, 256) % 128 === 0) throw new Error("expected chunks at odd multiples of 64");
    const region = arena(80, parent);
    const from = Layout.of(8, 128);
    let tried = 0;
    for (let round = 0; round < 20; round++) {
      take(region, 60);
      const ptr = region.allocate(from);
      if (ptr === NULL) continue;
      for (let size = 17; size <= 64; size++) {
        const to = Layout.of(size, 128);
        expect(region.usableSize(to)).toBe(0);
        tried++;
        expect(region.resizeInPlace(ptr, from, to), `to ${size}`).toBe(false);
        expect(region.grow(ptr, from, to), `to ${size}`).toBe(NULL);
        expect(region.growZeroed(ptr, from, to), `to ${size}`).toBe(NULL);
      }
    }
    expect(tried).toBeGreaterThan(0);
    region.check();
  });

  test("is unchanged by a thousand failed requests, which do not lengthen the next chunk", () => {
    const parent = root(2 ** 20);
    const region = arena(4096, parent);
    const before = region.describeSelf().state.words!.slice();
    for (let round = 0; round < 1000; round++) expect(region.allocate(Layout.of(2 ** 21))).toBe(NULL);
    expect(region.describeSelf().state.words).toEqual(before);
    take(region, 4097);
    expect(region.footprint().held).toBe(4096 + 8192);
  });

  test("owns the bytes of all its chunks, and no others", () => {
    const parent = root();
    const region = arena(4096, parent);
    const first = take(region, 1, 1);
    const between = parent.allocate(Layout.of(4096)) as Ptr;
    const second = take(region, 8192, 1);
    expect([first, first + 4095, second, second + 8191].every((ptr) => region.owns(ptr as Ptr))).toBe(true);
    expect([first - 1, between, between + 4095, second + 8192].some((ptr) => region.owns(ptr as Ptr))).toBe(false);
  });

  test("works with a chunk at an address that is lower than its first position", () => {
    const parent = root(2 ** 21);
    const low = take(parent, 65536);
    const region = arena(2 ** 20, parent);
    take(region, 2 ** 20, 1);
    take(parent, 2 ** 21 - (low + 65536) - 2 ** 20);
    parent.deallocate(low, Layout.of(65536));
    const ptr = take(region, 8192, 1);
    expect(ptr).toBe(low);
    region.check();
    region.deallocate(ptr, Layout.of(8192, 1));
    expect(take(region, 100)).toBe(low);
  });

  test("releases each chunk by a layout that fits: the requested align, the parent's usable size", () => {
    const memory = Memory.linear();
    const heap = pages(memory);
    const asked: string[] = [];
    const back: string[] = [];
    const parent = Allocator.from({
      memory,
      allocate(layout) {
        asked.push(`${Layout.of(heap.usableSize(layout), layout.align)}`);
        return heap.allocate(layout);
      },
      deallocate(ptr, layout) {
        back.push(`${layout}`);
        heap.deallocate(ptr, layout);
      },
      usableSize: (layout) => heap.usableSize(layout),
    });
    const region = arena(4096, parent);
    for (const align of [1, 64, 4096]) take(region, 50_000, align);
    region.dispose();
    expect(asked).toHaveLength(4);
    expect(back).toEqual(asked.reverse());
  });

  test("keeps its first chunk when it is reset, and gives the others back", () => {
    const parent = root();
    const region = arena(4096, parent);
    const first = take(region, 4096);
    for (let block = 0; block < 10; block++) take(region, 10_000);
    region.reset();
    expect([region.footprint().held, parent.footprint().held]).toEqual([4096, 4096]);
    expect(take(region, 4096)).toBe(first);
  });

  test("releases the chunks that a scope took, when the scope ends", () => {
    const parent = root();
    const region = arena(4096, parent);
    take(region, 5000);
    const { held } = parent.footprint();
    const closed = region.scope((inner) => {
      for (let block = 0; block < 10; block++) take(inner, 10_000);
      return take(inner, 10_000);
    });
    expect(parent.footprint().held).toBe(held);
    expect(codeThrown(() => region.deallocate(closed, Layout.of(10_000)))).toBe("foreign-pointer");
  });

  test("releases the chunk of a scope that started at the very end of the first", () => {
    const parent = root();
    const region = arena(4096, parent);
    take(region, 4096);
    using frame = region.frame();
    take(frame, 1);
    frame.reset();
    expect([parent.footprint().held, take(frame, 1) > 0]).toEqual([4096, true]);
  });

  test("gives all chunks back when it is disposed", () => {
    const parent = root();
    const region = arena(100, parent);
    for (let block = 0; block < 10; block++) take(region, 10_000, 4096);
    region.frame().allocate(Layout.of(2 ** 20));
    region.dispose();
    expect(parent.footprint().held).toBe(0);
  });

  test("returns 0 as usable size if neither the first chunk nor the parent could serve it", () => {
    const parent = freeList(1024, { blocks: 4, align: 16, parent: root() });
    const region = arena(512, parent);
    expect([512, 1024, 1025].map((size) => region.usableSize(Layout.of(size)))).toEqual([512, 1024, 0]);
    expect(region.usableSize(Layout.of(8, 32))).toBe(8);
    expect(region.usableSize(Layout.of(1000, 32))).toBe(0);
    for (const size of [512, 200]) take(region, size);
    const frame = region.frame();
    expect([frame.usableSize(Layout.of(8, 512)), frame.usableSize(Layout.of(8, 1024))]).toEqual([8, 0]);
    expect(frame.allocate(Layout.of(8, 1024))).toBe(NULL);
  });
});

describe("between two chunks", () => {
  /** An arena whose first block fills the first chunk, and whose second chunk is empty. */
  const seam = () => {
    const region = arena(4096);
    const first = take(region, 4096);
    const second = take(region, 64);
    region.deallocate(second, Layout.of(64));
    return { region, first, second };
  };

  test("the block before the seam does not grow over it", () => {
    const { region, first } = seam();
    expect(region.resizeInPlace(first, Layout.of(4096), Layout.of(4097))).toBe(false);
    region.memory.view(Uint8Array, first, 4096).fill(5);
    const grown = region.grow(first, Layout.of(4096), Layout.of(4097)) as Ptr;
    expect(region.memory.view(Uint8Array, grown, 4096).every((byte) => byte === 5)).toBe(true);
  });

  test("releasing the block before the seam does not move the tip there", () => {
    const { region, first, second } = seam();
    region.deallocate(first, Layout.of(4096));
    region.check();
    expect(take(region, 64)).toBe(second);
  });

  test("a block without room after it moves into a new chunk, with its bytes", () => {
    const region = arena(4096);
    const ptr = take(region, 4000);
    region.memory.view(Uint8Array, ptr, 4000).fill(5);
    const grown = region.grow(ptr, Layout.of(4000), Layout.of(5000)) as Ptr;
    expect(region.memory.view(Uint8Array, grown, 4000).every((byte) => byte === 5)).toBe(true);
    region.check();
  });
});

test("in a shared memory the words of a region that grows have their full length from the start", () => {
  const region = scoped(64, { parent: pages(Memory.linear({ maximum: 2 ** 20, shared: true })), grow: true });
  const { chunks } = region.describeSelf().state;
  for (let block = 0; block < 10; block++) take(region, 4096);
  expect(region.describeSelf().state.chunks).toBe(chunks);
});
