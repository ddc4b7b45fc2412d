import { chain, fallback, limit, segregate } from "@alloc/combinators";
import { type Allocator, ArgumentError, type Can, Layout, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { stats } from "@alloc/proxy";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const root = () => pages(Memory.linear({ maximum: 2 ** 22 }));
const layout = Layout.of(64);
/** Returns whether an allocator has been disposed. */
const hasEnded = (allocator: Allocator) => codeThrown(() => allocator.allocate(layout)) === "disposed";
const fail = (): never => {
  throw new Error("wrap");
};

describe("a chain that is disposed", () => {
  test("disposes its members", () => {
    const parent = root();
    const members = [freeList(64, { parent }), tinyHeap({ parent })] as const;
    chain(members[0]).orElse(members[1]).dispose();
    expect(members.map(hasEnded)).toEqual([true, true]);
    expect(parent.footprint().held).toBe(0);
  });

  test("disposes its members at the end of `using`, whatever is thrown", () => {
    const heap = tinyHeap({ parent: root() });
    expect(() => {
      using draft = chain(heap);
      fail();
      void draft;
    }).toThrow("wrap");
    expect(hasEnded(heap)).toBe(true);
  });

  test("disposes allocators that were passed to pipe", () => {
    const parent = root();
    const heap = tinyHeap({ parent });
    chain(freeList(64, { parent })).pipe(fallback, heap).dispose();
    expect(hasEnded(heap)).toBe(true);
  });

  test("disposes a member before another one that it takes chunks from, in any order", () => {
    const heap = system({ parent: root() });
    expect(
      codeThrown(() =>
        chain(heap)
          .orElse(freeList(64, { parent: heap }))
          .dispose(),
      ),
    ).toBe("nothing was thrown");
    expect(hasEnded(heap)).toBe(true);
  });

  test("keeps a member that is lent or owned elsewhere", () => {
    const parent = root();
    const [lent, owned] = [tinyHeap({ parent }), freeList(64, { parent })];
    const owner = limit(owned, 1000);
    chain(owned).orElse(lent.byRef()).dispose();
    expect([lent, owned, owner].map(hasEnded)).toEqual([false, false, false]);
  });

  test("is not built afterwards, nor is a chain made from it", () => {
    const start = chain(tinyHeap({ parent: root() }));
    const next = start.pipe(stats);
    start.dispose();
    expect(codeThrown(() => start.build())).toBe("disposed");
    expect(codeThrown(() => next.build())).toBe("disposed");
  });

  test("may be disposed again", () => {
    const start = chain(tinyHeap({ parent: root() }));
    start.dispose();
    expect(codeThrown(() => start.dispose())).toBe("nothing was thrown");
  });

  test("leaves the built allocator to its owner", () => {
    const start = chain(tinyHeap({ parent: root() }));
    const built = start.build();
    start.dispose();
    expect(hasEnded(built)).toBe(false);
  });

  test("leaves an allocator built from a derived chain, even if that is the member itself", () => {
    const start = chain(tinyHeap({ parent: root() }));
    const built = start.pipe((inner) => inner).build();
    start.dispose();
    expect(hasEnded(built)).toBe(false);
  });
});

describe("a chain that cannot be built", () => {
  const parent = root();
  const wraps: Record<string, (inner: Can<"owns">, other: Allocator) => Allocator> = {
    "by one wrapper": (inner) => limit(inner, 1000),
    "by wrappers in each other": (inner) => stats(limit(limit(inner, 1000), 1000)),
    "beside an argument": (inner, other) => fallback(inner, other),
    "below an argument": (inner, other) => limit(fallback(inner, other), 1000),
  };

  test.each(Object.entries(wraps))("leaves its members unowned that were wrapped %s", (_, wrap) => {
    const members = [freeList(64, { parent }), tinyHeap({ parent }), tinyHeap({ parent })] as const;
    const start = chain(members[0]).orElse(members[1]).pipe(wrap, members[2]).pipe(fail);
    expect(() => start.build()).toThrow("wrap");
    expect(members.map((member) => member.isOwned)).toEqual([false, false, false]);
    expect(() => start.build()).toThrow("wrap");
    start.dispose();
    expect(members.map(hasEnded)).toEqual([true, true, true]);
  });

  test("keeps the owner of a member that had one", () => {
    const owned = freeList(64, { parent });
    const owner = limit(owned, 1000);
    expect(codeThrown(() => chain(owned).orElse(tinyHeap({ parent })).build())).toBe("owned");
    owner.dispose();
    expect(hasEnded(owned)).toBe(true);
  });

  test("keeps allocators that others built on a lent member", () => {
    const heap = tinyHeap({ parent });
    const other = limit(heap.byRef(), 1000);
    const list = freeList(64, { parent: other });
    expect(() => chain(heap.byRef()).pipe(fail).build()).toThrow("wrap");
    heap.dispose();
    expect(hasEnded(list)).toBe(true);
  });
});

describe("segregate", () => {
  test("that is refused adopts no child", () => {
    const parent = root();
    const children = [freeList(64, { parent }), tinyHeap({ parent }), tinyHeap({ parent })] as const;
    const owner = limit(children[0], 1000);
    expect(codeThrown(() => segregate([8, children[0]], [16, children[1]], children[2]))).toBe("owned");
    expect(children.map((child) => child.isOwned)).toEqual([true, false, false]);
    owner.dispose();
  });

  test("compares all children, not only neighbours", () => {
    const parent = root();
    const heap = system({ parent });
    const [first, last] = [limit(heap.byRef(), 1000), limit(heap.byRef(), 1000)];
    expect(codeThrown(() => segregate([8, first], [16, tinyHeap({ parent })], last))).toBe("misroute");
  });

  test.each([
    [
      "segregate expects pairs [bytes, allocator], then an allocator, got 64: write segregate([64, small], large)",
      [64, "list", "heap"],
    ],
    [
      "segregate expects an allocator, got an array: write segregate([64, small], large)",
      [
        [64, "list"],
        [128, "list"],
      ],
    ],
    ["segregate expects an allocator, got 8: write segregate([64, small], large)", [[64, 8], "heap"]],
    [
      "segregate expects at least one pair [bytes, allocator] and an allocator for larger sizes: write segregate([64, small], large)",
      ["heap"],
    ],
  ])("says in plain JavaScript: %s", (message, given) => {
    const parent = root();
    const known: Record<string, Allocator> = { list: freeList(64, { parent }), heap: tinyHeap({ parent }) };
    const argument = (it: unknown): unknown => (Array.isArray(it) ? it.map(argument) : (known[it as string] ?? it));
    expect(() => segregate(...(given.map(argument) as unknown as [never, never]))).toThrow(new ArgumentError(message));
  });
});
