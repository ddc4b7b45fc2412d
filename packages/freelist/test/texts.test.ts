/** The description and the errors of a free list, and edge cases that no program of the conformance kit reaches. */
import { Layout, Memory, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { describe, expect, test } from "vitest";

const root = () => pages(Memory.linear({ maximum: 8 * 2 ** 20 }));
const layout = Layout.of(64);
const make = () => freeList(64, { blocks: 3, parent: root() });

/** Returns the error that a call throws. */
function thrownBy(call: () => unknown): { message: string; code?: string } {
  try {
    call();
  } catch (error) {
    return error as { message: string };
  }
  throw new Error("nothing was thrown");
}

describe("misuse names the address, the fault and the list", () => {
  test("an address after the list", () => {
    const list = make();
    const end = (list.allocate(layout) + 3 * 64) as Ptr;
    const { code, message } = thrownBy(() => list.deallocate(end, layout));
    expect(code).toBe("foreign-pointer");
    expect(message).toContain(`${end} does not lie in the free list of 3 × 64 bytes at ${end - 3 * 64}`);
  });

  test("an address inside a block", () => {
    const list = make();
    const ptr = list.allocate(layout);
    const { code, message } = thrownBy(() => list.deallocate((ptr + 7) as Ptr, layout));
    expect(code).toBe("interior-pointer");
    expect(message).toContain(`${ptr + 7} lies 7 bytes inside a block of the free list of 3 × 64 bytes at ${ptr}`);
  });
});

test("it declares the misuse it detects, and that its sizes are exact", () => {
  const { detects, isExact } = make();
  expect(detects).toEqual(["double-free", "interior-pointer", "foreign-pointer"]);
  expect(isExact).toBe(true);
});

test("its description has the options that would make it again", () => {
  const list = freeList(64, { blocks: 3, align: 32, parent: root() });
  const base = list.allocate(layout);
  expect(list.describeSelf()).toMatchObject({
    kind: "freeList",
    options: { blockSize: 64, blocks: 3, align: 32, base },
  });
});

test.each([
  ["blocks of no bytes", () => freeList(0, { parent: root() }), "size", "a free list needs blocks of at least 1 byte"],
  ["no blocks", () => freeList(64, { blocks: 0, parent: root() }), "count", "a free list needs at least 1 block"],
])("%s are refused with a message", (_what, call, reason, text) => {
  const error = thrownBy(call);
  expect(error.code).toBe(reason);
  expect(error.message).toContain(text);
});

test("the error for a parent without room has the number of blocks", () => {
  const parent = pages(Memory.over(new ArrayBuffer(4096)));
  const { message } = thrownBy(() => freeList(64, { blocks: 100, parent }));
  expect(message).toContain("for the 100 blocks of a free list: the parent has no room");
});

describe("check describes the fault", () => {
  const broken = (change: (links: Int16Array) => void) => {
    const list = make();
    change((list as unknown as { links: Int16Array }).links);
    return thrownBy(() => list.check()).message;
  };

  test.each([-2, 4])("a link to block %i of 3", (block) => {
    expect(broken((links) => links.fill(block, 1, 2))).toContain(
      `free list: a link must be a block from 1 to 3 or 0, got ${block}`,
    );
  });

  test("links without an end", () => {
    expect(broken((links) => links.fill(1, 3, 4))).toContain("free list: the links must not form a cycle");
  });

  test("a block that is neither live nor free", () => {
    expect(broken((links) => links.fill(2, 0, 1))).toContain("free list: 0 live and 2 free blocks must add up to 3");
  });
});

describe("a size or an align at the limit", () => {
  test("a block may grow in place to its last byte, and no further", () => {
    const list = make();
    const ptr = list.allocate(Layout.of(10)) as Ptr;
    expect(list.resizeInPlace(ptr, Layout.of(10), Layout.of(64))).toBe(true);
    expect(list.resizeInPlace(ptr, Layout.of(64), Layout.of(65))).toBe(false);
  });

  test("a layout with a larger align than the blocks has a usable size of 0", () => {
    const list = make();
    expect(list.usableSize(Layout.of(8, list.align))).toBe(64);
    expect(list.usableSize(Layout.of(8, 2 * list.align))).toBe(0);
  });
});

describe("without a number of blocks a list takes as many as fit in the parent", () => {
  const small = () => pages(Memory.over(new ArrayBuffer(4096)));

  test("all memory of an empty parent", () => {
    expect(freeList(64, { parent: small() }).capacity).toBe(63);
  });

  test("an eighth less in each attempt, if some memory is taken", () => {
    const parent = small();
    parent.allocate(Layout.of(2048));
    expect(freeList(64, { parent }).capacity).toBe(31);
  });

  test("none of a full parent: it throws an AllocError", () => {
    const parent = small();
    parent.allocate(Layout.of(4080));
    expect(thrownBy(() => freeList(64, { parent })).message).toContain("for the 1024 blocks of a free list");
  });
});

test("blocks visits each live block by itself, and adjacent free blocks as one", () => {
  const list = freeList(64, { blocks: 6, parent: root() });
  const [first, , third, fourth] = Array.from({ length: 4 }, () => list.allocate(layout) as Ptr);
  list.deallocate(third!, layout);
  list.deallocate(fourth!, layout);
  const seen: unknown[] = [];
  list.blocks((ptr, bytes, state) => seen.push([ptr - first!, bytes, state]));
  expect(seen).toEqual([
    [0, 64, "live"],
    [64, 64, "live"],
    [128, 256, "free"],
  ]);
});

describe("an invalid layout is a TypeError that names the call", () => {
  const list = make();
  const ptr = list.allocate(layout) as Ptr;

  test.each([64, { size: 8 }, {}, Number.NaN])("allocate of %j", (wrong) => {
    expect(() => list.allocate(wrong as Layout)).toThrow(/^allocate expects a Layout/);
  });

  test.each([64, {}, Number.NaN])("deallocate of %j", (wrong) => {
    expect(() => list.deallocate(ptr, wrong as Layout)).toThrow(/^deallocate expects a Layout/);
  });
});
