import { fallback, nullAllocator } from "@alloc/combinators";
import { Allocator, can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 8 * 2 ** 20 });
const parent = pages(memory);
const layout = Layout.of(64);
const pair = () => {
  const small = freeList(64, { blocks: 2, parent });
  const large = system({ parent });
  return { small, large, both: fallback(small, large) };
};
const take = (allocator: Allocator, asked: Layout) => orThrow(allocator.allocate(asked), asked);

describe("requests", () => {
  test("the secondary serves requests for which the primary has no room", () => {
    const { small, large, both } = pair();
    const blocks = [take(both, layout), take(both, layout), take(both, layout)];
    expect(blocks.map((ptr) => small.owns(ptr))).toEqual([true, true, false]);
    expect(large.owns(blocks[2]!)).toBe(true);
  });

  test("a block is released to the child it came from", () => {
    const { small, both } = pair();
    const [first, second, third] = [take(both, layout), take(both, layout), take(both, layout)];
    both.deallocate(third, layout);
    both.deallocate(first, layout);
    expect(take(both, layout)).toBe(first);
    both.deallocate(second, layout);
    expect(small.allocate(layout)).toBe(second);
  });

  test("an align that the primary cannot serve is served by the secondary", () => {
    const { small, both } = pair();
    const ptr = take(both, Layout.of(8, 256));
    expect([small.owns(ptr), ptr % 256]).toEqual([false, 0]);
  });

  test("NULL of both children is NULL", () => {
    const both = fallback(nullAllocator(memory), nullAllocator(memory));
    expect(both.allocate(layout)).toBe(NULL);
  });

  test("a foreign block is not ignored", () => {
    const both = fallback(freeList(64, { blocks: 1, parent }), tinyHeap({ parent }));
    expect(codeThrown(() => both.deallocate(32768 as Ptr, layout))).toBe("foreign-pointer");
  });
});

describe("resizing", () => {
  test("a block that outgrows the primary moves to the secondary with its bytes", () => {
    const { small, large, both } = pair();
    const ptr = take(both, layout);
    memory.fill(ptr, 64, 0x5a);
    const grown = orThrow(both.grow(ptr, layout, Layout.of(4000)), layout);
    expect(large.owns(grown)).toBe(true);
    expect([...memory.view(Uint8Array, grown, 64)]).toEqual(Array(64).fill(0x5a));
    expect(codeThrown(() => small.deallocate(ptr, layout))).toBe("double-free");
  });

  test("if the secondary has no room either, the block stays in place", () => {
    const small = freeList(64, { blocks: 1, parent });
    const both = fallback(small, freeList(32, { blocks: 1, parent }));
    const ptr = take(both, layout);
    memory.fill(ptr, 64, 0x5a);
    expect(both.grow(ptr, layout, Layout.of(65))).toBe(NULL);
    expect([...memory.view(Uint8Array, ptr, 64)]).toEqual(Array(64).fill(0x5a));
    expect(small.sizeAt(ptr)).toBe(64);
  });

  test("a block of the secondary never moves to the primary", () => {
    const { small, both } = pair();
    const ptr = take(both, Layout.of(400));
    const shrunk = orThrow(both.shrink(ptr, Layout.of(400), layout), layout);
    expect(small.owns(shrunk)).toBe(false);
  });

  test("a block moves to the secondary on a shrink whose align the primary cannot serve", () => {
    const small = freeList(64, { blocks: 1, align: 64, parent });
    const both = fallback(small, system({ parent }));
    const ptr = take(both, layout);
    const moved = orThrow(both.shrink(ptr, layout, Layout.of(32, 256)), layout);
    expect([small.owns(moved), moved % 256]).toEqual([false, 0]);
    expect(small.allocate(layout)).toBe(ptr);
  });

  test("a block is resized in place by its child", () => {
    const { both } = pair();
    const [ptr, other] = [take(both, Layout.of(8)), take(both, Layout.of(398))];
    expect(both.resizeInPlace(ptr, Layout.of(8), layout)).toBe(true);
    expect(both.resizeInPlace(other, Layout.of(398), Layout.of(400))).toBe(true);
  });

  test("a grow from size 0 asks the primary first", () => {
    const { small, both } = pair();
    const empty = Layout.of(0);
    expect(small.owns(orThrow(both.grow(empty.dangling, empty, layout), layout))).toBe(true);
  });

  test("for size 0 the primary is not asked whether it owns the block", () => {
    const owns = () => expect.unreachable();
    const primary = Allocator.from({ memory, allocate: () => 70_000 as Ptr, deallocate: () => {}, owns });
    const both = fallback(primary, freeList(64, { blocks: 1, parent }));
    const empty = Layout.of(0, 2 ** 17);
    expect(both.grow(empty.dangling, empty, layout)).toBe(70_000);
    expect(both.shrink(empty.dangling, empty, empty)).toBe(empty.dangling);
    expect(both.resizeInPlace(empty.dangling, empty, layout)).toBe(false);
    expect(both.deallocate(empty.dangling, empty)).toBeUndefined();
  });

  test("a grow within the primary's block stays in place", () => {
    const { both } = pair();
    const ptr = take(both, Layout.of(8));
    expect(both.grow(ptr, Layout.of(8), layout)).toBe(ptr);
    expect(both.resizeInPlace(ptr, layout, Layout.of(65))).toBe(false);
  });
});

describe("usableSize", () => {
  test("is the smaller of two children that serve the layout", () => {
    const { both } = pair();
    expect(both.usableSize(Layout.of(40))).toBe(40);
    expect(both.usableSize(Layout.of(60))).toBe(64);
  });

  test("is that of the primary if the secondary's is larger", () => {
    const both = fallback(freeList(64, { blocks: 1, parent }), freeList(128, { blocks: 1, parent }));
    expect(both.usableSize(Layout.of(60))).toBe(64);
  });

  test("is that of the other child if one can never serve the layout", () => {
    const { both } = pair();
    expect(both.usableSize(Layout.of(2000))).toBe(2000);
    expect(fallback(nullAllocator(memory), freeList(64, { blocks: 1, parent })).usableSize(Layout.of(1))).toBe(64);
  });
});

describe("capabilities", () => {
  const bare = () => Allocator.from({ memory, allocate: () => NULL, deallocate: () => {} });

  test("owns, reset and sizeAt are supported if both children do, the others if one does", () => {
    const { both } = pair();
    const other = fallback(freeList(64, { blocks: 1, parent }), bare());
    const capabilities = ["owns", "reset", "sizeAt", "resizeInPlace", "check", "trim", "defer"] as const;
    expect(capabilities.filter((capability) => can<Allocator, typeof capability>(both, capability))).toEqual(
      capabilities.slice(0, 6),
    );
    expect(capabilities.filter((capability) => can<Allocator, typeof capability>(other, capability))).toEqual([
      "resizeInPlace",
      "check",
    ]);
  });

  test("resizeInPlace is false for a block of a child without it", () => {
    const secondary = Allocator.from({ memory, allocate: () => 70000 as Ptr, deallocate: () => {} });
    const both = fallback(freeList(64, { blocks: 1, parent }), secondary);
    expect(both.resizeInPlace(70000 as Ptr, layout, layout)).toBe(false);
  });

  test("reset forgets the blocks of both", () => {
    const { both } = pair();
    const first = take(both, layout);
    take(both, Layout.of(2000));
    both.reset();
    expect(take(both, layout)).toBe(first);
    expect(both.secondary.footprint().held).toBe(0);
  });

  test("a foreign pointer is detected if the secondary detects it, other misuse if both do", () => {
    expect(fallback(freeList(64, { blocks: 1, parent }), tinyHeap({ parent })).detects).toEqual([
      "foreign-pointer",
      "double-free",
      "interior-pointer",
    ]);
    expect(fallback(freeList(64, { blocks: 1, parent }), bare()).detects).toEqual([]);
    const blind = Allocator.from({ memory, allocate: () => NULL, deallocate: () => {}, owns: () => false });
    expect(fallback(blind, freeList(64, { blocks: 1, parent })).detects).toEqual(["foreign-pointer"]);
  });
});

describe("ownership", () => {
  test("both children are disposed, the primary first", () => {
    const order: string[] = [];
    const child = (name: string) =>
      Allocator.from({
        memory,
        allocate: () => NULL,
        deallocate: () => {},
        owns: () => false,
        dispose: () => {
          order.push(name);
        },
      });
    fallback(child("primary"), child("secondary")).dispose();
    expect(order).toEqual(["primary", "secondary"]);
  });

  test("a lent child outlives the pair", () => {
    const heap = system({ parent });
    fallback(freeList(64, { parent }), heap.byRef()).dispose();
    expect(heap.allocate(layout)).not.toBe(NULL);
  });

  test("a primary in the memory of the secondary is counted once", () => {
    const heap = system({ parent });
    const list = freeList(64, { blocks: 100, parent: heap });
    const both = fallback(list, heap.byRef());
    const { held, bookkeeping } = heap.footprint();
    expect(both.footprint()).toMatchObject({ held, bookkeeping: bookkeeping + list.footprint().bookkeeping });
  });

  test("describe names the pair, its children and their parent once", () => {
    const { nodes, root } = pair().both.describe();
    expect(nodes[root]).toMatchObject({ kind: "fallback", children: [1, 3] });
    expect(nodes.map(({ kind }) => kind)).toEqual(["fallback", "freeList", "pages", "system"]);
    expect([nodes[1]!.parent, nodes[3]!.parent]).toEqual([2, 2]);
  });
});

test("in a virtual memory without bytes a grow that must migrate throws no-bytes, and the block stays", () => {
  const root = pages(Memory.virtual(2 ** 24));
  const list = freeList(64, { parent: root });
  const both = fallback(list, system({ parent: root }));
  const ptr = take(both, layout);
  expect(codeThrown(() => both.grow(ptr, layout, Layout.of(400)))).toBe("no-bytes");
  expect(list.sizeAt(ptr)).toBe(64);
});
