import { Layout, type Ptr } from "@alloc/core";
import { system } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { addresses, bytes, fill, KiB, MiB, take, withoutResize } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);
const times = <T>(count: number, call: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => call(i));

describe("empty pages are released for other sizes", () => {
  test.each([
    [16, 512],
    [512, 16],
    [64, 5000],
    [5000, 64],
    [1024, 24],
  ])("1 MiB in blocks of %i, all released, holds 1 MiB in blocks of %i", (first, second) => {
    const heap = system({ parent: addresses() });
    const blocks = times(MiB / first, () => take(heap, of(first)));
    const { held } = heap.footprint();
    for (const ptr of blocks) heap.deallocate(ptr, of(first));
    times(Math.floor(MiB / second), () => take(heap, of(second)));
    heap.check();
    // A slab may leave room of less than its own size; magazines are emptied each time the heap grows by a 32nd part.
    expect(heap.footprint().held).toBeLessThanOrEqual((held * 33) / 32 + 32 * KiB);
  });

  test("with every other block of 2000 released, as many of 1900 fit in between", () => {
    const heap = system({ parent: addresses() });
    const blocks = times(500, () => take(heap, of(2000)));
    const { held } = heap.footprint();
    for (let index = 0; index < 500; index += 2) heap.deallocate(blocks[index]!, of(2000));
    times(250, () => take(heap, of(1900)));
    expect(heap.footprint().held).toBe(held);
  });
});

describe("a large block is resized in place", () => {
  test("at the top, however far the parent can go", () => {
    const heap = system({ parent: addresses() });
    const ptr = take(heap, of(2000));
    expect(heap.resizeInPlace(ptr, of(2000), of(8 * MiB))).toBe(true);
    expect(heap.grow(ptr, of(8 * MiB), of(9 * MiB))).toBe(ptr);
    heap.check();
  });

  test("into a free neighbour above it, up to its last granule", () => {
    const heap = system({ parent: addresses() });
    const [low, middle] = times(3, () => take(heap, of(2000))) as [Ptr, Ptr];
    heap.deallocate(middle, of(2000));
    expect(heap.resizeInPlace(low, of(2000), of(4001))).toBe(false);
    expect(heap.resizeInPlace(low, of(2000), of(4000))).toBe(true);
    heap.check();
    expect(heap.sizeAt(low)).toBe(4000);
  });

  test("not if a live block lies above it, and then it is unchanged", () => {
    const heap = system({ parent: addresses() });
    const [low] = times(2, () => take(heap, of(2000))) as [Ptr];
    expect(heap.resizeInPlace(low, of(2000), of(2001))).toBe(false);
    expect(heap.sizeAt(low)).toBe(2000);
  });

  test("to a smaller size, and the rest serves other blocks", () => {
    const heap = system({ parent: addresses() });
    const [low] = times(2, () => take(heap, of(8000))) as [Ptr];
    expect(heap.shrink(low, of(8000), of(3000))).toBe(low);
    heap.check();
    expect(take(heap, of(4900))).toBe(low + 3008);
  });

  test("not if the align changes, even to a smaller one", () => {
    const heap = system({ parent: addresses() });
    const ptr = take(heap, of(2000, 16));
    expect([8, 32].map((align) => heap.resizeInPlace(ptr, of(2000, 16), of(2000, align)))).toEqual([false, false]);
  });

  test("not to 1024 bytes, the size of a small block: it moves", () => {
    const heap = system({ parent: bytes() });
    const ptr = take(heap, of(2000));
    heap.memory.u8[ptr + 1023] = 7;
    expect(heap.resizeInPlace(ptr, of(2000), of(1024))).toBe(false);
    const moved = heap.shrink(ptr, of(2000), of(1024)) as Ptr;
    expect(moved).not.toBe(ptr);
    expect(heap.memory.u8[moved + 1023]).toBe(7);
  });
});

test("a small block is resized in place within its class, and not beyond", () => {
  const heap = system({ parent: addresses() });
  const ptr = take(heap, of(520));
  expect(heap.resizeInPlace(ptr, of(520), of(576))).toBe(true);
  expect(heap.resizeInPlace(ptr, of(576), of(577))).toBe(false);
  expect(heap.resizeInPlace(ptr, of(576), of(512))).toBe(false);
});

describe("trim", () => {
  test.each(["a parent that can resize", "a parent that cannot"])(
    "gives everything back to %s when nothing is live",
    (kind) => {
      const root = addresses();
      const before = root.footprint().held;
      const heap = system({ parent: kind === "a parent that cannot" ? withoutResize(root) : root });
      const layouts = times(300, (index) => of(1 + 37 * index));
      const blocks = layouts.map((layout) => take(heap, layout));
      for (const [index, ptr] of blocks.entries()) heap.deallocate(ptr, layouts[index]!);
      heap.trim();
      heap.check();
      expect(root.footprint().held).toBe(before);
      expect(heap.footprint().held).toBe(0);
    },
  );

  test("keeps live blocks, and returns the free chunks and ends around them", () => {
    const root = addresses();
    const heap = system({ parent: withoutResize(root) });
    const blocks = times(8, () => take(heap, of(64 * KiB)));
    for (const [index, ptr] of blocks.entries()) if (index !== 3) heap.deallocate(ptr, of(64 * KiB));
    heap.trim();
    heap.check();
    expect(root.footprint().held).toBe(64 * KiB);
    expect(blocks.map((ptr) => heap.owns(ptr))).toEqual(blocks.map((_, index) => index === 3));
    expect(heap.sizeAt(blocks[3]!)).toBe(64 * KiB);
  });

  test("leaves at most a granule of the root, 4 KiB, after the last live block", () => {
    const root = addresses();
    const heap = system({ parent: root });
    const low = take(heap, of(100));
    heap.deallocate(take(heap, of(MiB)), of(MiB));
    heap.trim();
    expect(root.footprint().held).toBe(4 * KiB);
    heap.deallocate(low, of(100));
  });

  test("leaves a heap that serves again", () => {
    const heap = system({ parent: addresses() });
    heap.deallocate(take(heap, of(100)), of(100));
    heap.trim();
    expect(heap.sizeAt(take(heap, of(100)))).toBe(104);
    heap.check();
  });
});

describe("reset", () => {
  test("forgets all blocks and keeps the chunks", () => {
    const root = addresses();
    const heap = system({ parent: withoutResize(root) });
    const first = fill(heap, of(3000)).length;
    const { held } = root.footprint();
    heap.reset();
    heap.check();
    expect(root.footprint().held).toBe(held);
    expect(fill(heap, of(3000)).length).toBe(first);
  });

  test("leaves a heap sound that was trimmed to its older chunks", () => {
    const heap = system({ parent: withoutResize(addresses()) });
    take(heap, of(60 * KiB));
    heap.deallocate(take(heap, of(64 * KiB)), of(64 * KiB));
    heap.trim();
    heap.reset();
    heap.check();
    take(heap, of(64 * KiB));
    heap.check();
  });
});

test("describe names the heap and its parent", () => {
  const { nodes, root } = system({ parent: addresses() }).describe();
  const heap = nodes[root]!;
  expect([heap.kind, nodes[heap.parent!]!.kind]).toEqual(["system", "pages"]);
});
