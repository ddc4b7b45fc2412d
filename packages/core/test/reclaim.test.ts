import { Allocator, alignUp, Layout, Memory, NULL, type Null, orThrow, type Pages, type Ptr, pages } from "@alloc/core";
import { describe, expect, test } from "vitest";
import { resizable } from "./support/resizable.ts";

const KIB = 1024;
const chunk = Layout.of(KIB);

/** A leaf that keeps unneeded chunks until it is asked to trim. */
class Hoarder extends Allocator {
  override readonly memory: Memory;
  readonly spare: Ptr[] = [];
  trims = 0;
  atTrim: () => void = () => {};

  constructor(parent: Allocator) {
    super(parent);
    this.memory = parent.memory;
  }
  override allocate(): Ptr | Null {
    this.isBusy = true;
    try {
      return this.spare.pop() ?? this.parent!.allocate(chunk);
    } finally {
      this.isBusy = false;
    }
  }
  override deallocate(ptr: Ptr): void {
    this.spare.push(ptr);
  }
  trim(): void {
    this.trims++;
    this.atTrim();
    for (const ptr of this.spare.splice(0)) this.parent!.deallocate(ptr, chunk);
  }
  /** Takes chunks, and keeps them for later. */
  hoard(count: number): this {
    const blocks = Array.from({ length: count }, () => orThrow(this.allocate(), chunk));
    for (const ptr of blocks) this.deallocate(ptr);
    return this;
  }
}

/** A combinator that keeps a chunk of its child, until it is asked to trim. */
class Keeper extends Allocator {
  override readonly memory: Memory;
  kept: Ptr | Null;
  trims = 0;

  constructor(child: Allocator) {
    super(undefined, [child]);
    this.memory = child.memory;
    this.kept = child.allocate(chunk);
  }
  override allocate(layout: Layout): Ptr | Null {
    return this.children[0]!.allocate(layout);
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    this.children[0]!.deallocate(ptr, layout);
  }
  trim(): void {
    this.trims++;
    if (this.kept !== NULL) this.deallocate(this.kept, chunk);
    this.kept = NULL;
    (this.children[0] as Hoarder).trim();
  }
}

/** A root of some chunks of 1 KiB. */
const rootOf = (chunks: number): Pages => pages(Memory.virtual(chunks * KIB, { base: 65536 }));

describe("a root that has no room left", () => {
  test("trims its tenants before it returns NULL", () => {
    const root = rootOf(8);
    const hoarder = new Hoarder(root).hoard(8);
    expect(root.allocate(chunk)).not.toBe(NULL);
    expect([hoarder.trims, hoarder.spare.length]).toEqual([1, 0]);
  });

  test("trims none while it has room, can grow, or could never serve the request", () => {
    const root = pages(Memory.linear({ maximum: 65536 * 2 }));
    const hoarder = new Hoarder(root).hoard(8);
    root.allocate(Layout.of(65536));
    expect(root.allocate(Layout.of(2 ** 20))).toBe(NULL);
    expect(hoarder.trims).toBe(0);
  });

  test("returns NULL if no tenant has anything to spare", () => {
    const root = rootOf(2);
    const hoarder = new Hoarder(root);
    for (let count = 0; count < 2; count++) hoarder.allocate();
    expect([root.allocate(chunk), hoarder.trims]).toEqual([NULL, 1]);
  });

  test("asks the topmost tenants first, so that chunks return all the way down", () => {
    const root = rootOf(8);
    const lower = new Hoarder(root);
    const upper = new Hoarder(lower).hoard(8);
    expect(root.allocate(chunk)).not.toBe(NULL);
    expect([upper.spare, lower.spare, lower.trims]).toEqual([[], [], 1]);
  });

  test("skips the caller, which is busy, and everything that leads to it", () => {
    const root = rootOf(4);
    const asking = new Hoarder(root);
    const lent = new Hoarder(asking.byRef()).hoard(2);
    const upper = new Hoarder(asking).hoard(2);
    expect(asking.allocate()).toBe(NULL);
    expect([asking.trims, upper.trims, lent.trims]).toEqual([0, 0, 0]);
    // Outside the call it is asked.
    expect(root.allocate(chunk)).not.toBe(NULL);
    expect([upper.trims, lent.trims]).toEqual([1, 1]);
  });

  test("asks the others when one requests memory in the middle of its call", () => {
    const root = rootOf(4);
    const [asking, other] = [new Hoarder(root), new Hoarder(root).hoard(4)];
    expect(asking.allocate()).not.toBe(NULL);
    expect([asking.trims, other.trims]).toEqual([0, 1]);
  });

  test("asks a combinator, which may keep something too, and its children only through it", () => {
    const root = rootOf(4);
    const child = new Hoarder(root);
    const keeper = new Keeper(child);
    child.hoard(3);
    expect(root.allocate(Layout.of(4 * KIB))).not.toBe(NULL);
    expect([keeper.trims, child.trims]).toEqual([1, 1]);
  });

  test("trims the other children of a combinator with one busy child", () => {
    const root = rootOf(4);
    const [asking, other] = [new Hoarder(root), new Hoarder(root).hoard(4)];
    class Both extends Allocator {
      override readonly memory = root.memory;
      override allocate(layout: Layout): Ptr | Null {
        return this.children[0]!.allocate(layout);
      }
      override deallocate(): void {}
      trim(): void {
        throw new Error("in the middle of a call");
      }
    }
    const both = new Both(undefined, [asking, other]);
    expect(both.allocate(chunk)).not.toBe(NULL);
    expect(other.trims).toBe(1);
  });

  test("goes on if a tenant throws and the next one has room", () => {
    const root = rootOf(4);
    const [first, second] = [new Hoarder(root).hoard(2), new Hoarder(root).hoard(2)];
    second.atTrim = () => {
      throw new Error("its own trouble");
    };
    expect(root.allocate(chunk)).not.toBe(NULL);
    expect([first.spare.length, second.spare.length]).toEqual([0, 2]);
  });

  test("does not recurse if a tenant requests more while it trims", () => {
    const root = rootOf(4);
    const hoarder = new Hoarder(root).hoard(4);
    const got: unknown[] = [];
    hoarder.atTrim = () => got.push(root.allocate(Layout.of(4 * KIB)));
    expect(root.allocate(chunk)).not.toBe(NULL);
    expect([got, hoarder.trims]).toEqual([[NULL], 1]);
  });

  test("trims no tenant that has ended", () => {
    const root = rootOf(4);
    const hoarder = new Hoarder(root).hoard(4);
    hoarder.dispose();
    expect(root.allocate(chunk)).toBe(NULL);
    expect(hoarder.trims).toBe(0);
  });

  test("serves the same after two heaps took turns as after one", () => {
    const root = rootOf(64);
    const [a, b] = [new Hoarder(root), new Hoarder(root)];
    for (let round = 0; round < 10; round++) {
      for (const heap of [a, b]) {
        const blocks: Ptr[] = [];
        for (let ptr = heap.allocate(); ptr !== NULL; ptr = heap.allocate()) blocks.push(ptr);
        expect(blocks.length).toBe(64);
        for (const ptr of blocks) heap.deallocate(ptr);
      }
    }
  });
});

test("a root in a buffer whose length is not a multiple of its granule grows it without losing a byte", () => {
  for (const length of [100, 16, 17, 31, 1000]) {
    const buffer = resizable(ArrayBuffer, length, 2000);
    const root = pages(Memory.over(buffer));
    const blocks: Ptr[] = [];
    for (let ptr = root.allocate(Layout.of(16)); ptr !== NULL; ptr = root.allocate(Layout.of(16))) blocks.push(ptr);
    expect(blocks).toEqual(Array.from({ length: 124 }, (_, index) => 16 + 16 * index));
    expect(buffer.byteLength).toBe(alignUp(2000 - 15, 16));
  }
});

test("a block at the end of such a buffer is extended in place, and if that fails the buffer is unchanged", () => {
  const buffer = resizable(ArrayBuffer, 100, 2000);
  const root = pages(Memory.over(buffer));
  const first = Layout.of(80);
  const ptr = orThrow(root.allocate(first), first);
  expect(root.resizeInPlace(ptr, first, Layout.of(160))).toBe(true);
  expect(root.resizeInPlace(ptr, Layout.of(160), Layout.of(1984))).toBe(true);
  const { byteLength } = buffer;
  expect(root.resizeInPlace(ptr, Layout.of(1984), Layout.of(1985))).toBe(false);
  expect(buffer.byteLength).toBe(byteLength);
  // Here the end of the buffer is not named, so nothing after it adjoins.
  const odd = resizable(ArrayBuffer, 100, 2000);
  const part = pages(Memory.over(odd, { to: 96 }));
  const block = orThrow(part.allocate(first), first);
  expect(part.resizeInPlace(block, first, Layout.of(160))).toBe(false);
  expect(odd.byteLength).toBe(100);
});

test("a root in a WebAssembly memory that starts empty serves any size at the first request", () => {
  for (const bytes of [1, 65519, 65520, 65521, 65536, 200_000]) {
    const root = pages(Memory.over(new WebAssembly.Memory({ initial: 0, maximum: 8 })));
    expect(root.allocate(Layout.of(bytes)), `${bytes} bytes`).toBe(16);
  }
});
