import { inspect } from "node:util";
import { fallback, limit } from "@alloc/combinators";
import { Allocator, Layout, Memory, pages } from "@alloc/core";
import { inspectKey } from "@alloc/core/author";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { guard, inspectAsTree, leaks, stats, tree } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { afterAll, describe, expect, test } from "vitest";
import { take } from "./support/fixtures.ts";

const root = () => pages(Memory.linear({ maximum: 2 ** 20 }));
const kinds = (text: string) => text.split("\n").map((line) => line.replace(/(?<=\w)(\(| {2}).*/, ""));

describe("the lines of a tree", () => {
  test("are the members, children before the parent, and a shared one is drawn once", () => {
    const parent = root();
    const chain = fallback(
      stats(freeList(64, { parent })),
      fallback(guard(scoped(100, { parent })), scoped(9, { parent })),
    );
    expect(kinds(tree(chain))).toEqual([
      "fallback",
      "├─ stats",
      "│  └─ freeList",
      "│     └┄ #1 pages",
      "└─ fallback",
      "   ├─ guard",
      "   │  └─ scoped",
      "   │     └┄ #1 pages, above",
      "   └─ scoped",
      "      └┄ #1 pages, above",
    ]);
  });

  test("number each member that occurs twice, and no other", () => {
    const parent = root();
    const heap = system({ parent });
    const chain = fallback(scoped(100, { parent: heap }), fallback(heap.byRef(), scoped(9, { parent })));
    expect(kinds(tree(chain))).toEqual([
      "fallback",
      "├─ scoped",
      "│  └┄ #1 system",
      "│     └┄ #2 pages",
      "└─ fallback",
      "   ├─ byRef",
      "   │  └─ #1 system, above",
      "   └─ scoped",
      "      └┄ #2 pages, above",
    ]);
  });

  test("give no number to members that are only below a numbered one", () => {
    const heap = system({ parent: root() });
    expect(kinds(tree(fallback(scoped(100, { parent: heap }), heap.byRef())))).toEqual([
      "fallback",
      "├─ scoped",
      "│  └┄ #1 system",
      "│     └┄ pages",
      "└─ byRef",
      "   └─ #1 system, above",
    ]);
  });

  test("have the options of the factory", () => {
    const list = freeList(64, { blocks: 7, parent: root() });
    expect(tree(list)).toMatch(/^freeList\(blockSize 64, blocks 7, align 64, base \d+\)/);
    const own = Allocator.from({
      memory: list.memory,
      allocate: () => 0,
      deallocate() {},
      describeSelf: () => ({ kind: "own", options: { name: "x", at: [1, { y: 2 }], not: undefined }, state: {} }),
    });
    expect(tree(own)).toBe('own "x"(at [1,{"y":2}])');
  });
});

describe("the numbers of a tree", () => {
  test("are the bytes each member holds and their share of the whole, also for a member that first occurs as a parent", () => {
    const parent = root();
    const heap = system({ parent });
    const list = freeList(1024, { blocks: 16, parent: heap });
    const chain = fallback(list, heap.byRef());
    const whole = chain.footprint().held;
    const share = (held: number) =>
      `${held.toLocaleString("en-US")} bytes held  ${((100 * held) / whole).toFixed(1)} %`;
    const [first, second, third] = tree(chain)
      .split("\n")
      .map((line) => line.replaceAll(/ {2,}/g, "  "));
    expect(first).toContain(share(whole));
    expect(second).toContain(share(16384));
    expect(third).toContain(share(heap.footprint().held));
  });

  test("of a parent are not a share of its children", () => {
    const lines = tree(scoped(4096, { parent: root() })).split("\n");
    expect(lines[1]).toMatch(/bytes held/);
    expect(lines[1]).not.toContain("%");
  });

  test("are the live bytes if a member counts them", () => {
    const counted = stats(leaks(guard(limit(system({ parent: root() }), 1000))));
    take(counted, Layout.of(40));
    const live = tree(counted)
      .split("\n")
      .map((line) => / (\d+) live/.exec(line)?.[1]);
    expect(live).toEqual(["40", "40", "40", "72", undefined, undefined]);
  });

  test("are the bytes of its state", () => {
    expect(tree(freeList(64, { blocks: 1024, parent: root() }))).toMatch(/ 2,050 of state$/m);
  });

  test("are in columns", () => {
    const parent = root();
    const chain = fallback(stats(freeList(64, { parent })), freeList(8, { parent }));
    take(chain, Layout.of(8));
    const ends = (word: RegExp) =>
      tree(chain)
        .split("\n")
        .flatMap((line) => (word.test(line) ? [line.search(word)] : []));
    for (const word of [/bytes held/, /%/, /of state/]) expect(new Set(ends(word)).size).toBe(1);
  });

  test("are left out if unknown", () => {
    const parent = root();
    const bare = Allocator.from({ memory: parent.memory, allocate: () => 0, deallocate() {} });
    expect(
      tree(fallback(guard(freeList(64, { parent })), bare))
        .split("\n")
        .at(-1),
    ).toBe("└─ custom");
    expect(tree(bare)).toBe("custom");
  });
});

test("a description has the same lines, also after postMessage, but no held bytes", () => {
  const parent = root();
  const chain = fallback(stats(freeList(64, { parent })), scoped(100, { parent }));
  const lines = (text: string) => text.split("\n").map((line) => line.replace(/(?<=[\w)]) {2}.*/, ""));
  const text = tree(structuredClone(chain.describe()));
  expect(lines(text)).toEqual(lines(tree(chain)));
  expect(text).toMatch(/ 2,050 of state$/m);
  expect(text).not.toMatch(/held|%/);
});

describe("a tree is drawn", () => {
  const member = (id: number, children: number[], more: object = {}) => ({
    id,
    kind: `kind${id}`,
    options: {},
    state: {},
    children,
    ...more,
  });

  test("of a chain with disposed members: each is named as such", () => {
    const parent = root();
    const [list, region] = [freeList(64, { parent }), scoped(100, { parent })];
    const chain = fallback(list, region);
    list.dispose();
    expect(kinds(tree(chain)).slice(0, 2)).toEqual(["fallback", "├─ freeList (disposed)"]);
    chain.dispose();
    expect(tree(chain)).toMatch(/^fallback \(disposed\)/);
  });

  test("of an allocator whose description, footprint and counts throw", () => {
    const raise = (): never => {
      throw new Error("no");
    };
    const parts = { memory: root().memory, allocate: () => 0 as const, deallocate() {} };
    const one = Object.defineProperty(
      Allocator.from({ ...parts, footprint: raise, describeSelf: raise }),
      "bytesLive",
      {
        get: raise,
      },
    );
    expect(tree(one)).toMatch(/^allocator|^custom/);
  });

  test("of a description with cyclic, missing or repeated members", () => {
    const nodes = [member(0, [1, 1, 2]), member(1, [0, 3]), member(2, [2], { parent: 0 })];
    expect(tree({ nodes, root: 0 })).toContain("missing");
    const doubles = Array.from({ length: 60 }, (_, id) => member(id, id === 59 ? [] : [id + 1, id + 1]));
    expect(tree({ nodes: doubles, root: 0 }).split("\n").length).toBeLessThan(130);
  });

  test("of a chain of any depth and width, within bounds", () => {
    const deep = Array.from({ length: 50_000 }, (_, id) => member(id, [id + 1]));
    const wide = [
      member(
        0,
        Array.from({ length: 50_000 }, (_, id) => id + 1),
      ),
      ...deep.slice(1).map(({ id }) => member(id, [])),
    ];
    for (const nodes of [deep, wide]) {
      const text = tree({ nodes, root: 0 });
      expect(text.split("\n").length).toBeLessThan(600);
      expect(text.length).toBeLessThan(100_000);
      expect(text.split("\n").at(-1)).toMatch(/^… and [\d,]+ more$/);
    }
  });

  test("without control characters, and with names of bounded length", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const options = { "\x1b[2J": "\u202e\x07", long: "x".repeat(10 ** 6), circle, big: { n: 5n }, not() {} };
    const text = tree({ nodes: [{ ...member(0, []), kind: `a\nb${"y".repeat(10 ** 5)}`, options }], root: 0 });
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text.length).toBeLessThan(500);
  });
});

describe("inspectAsTree", () => {
  const before = Allocator.prototype[inspectKey];
  afterAll(() => {
    Allocator.prototype[inspectKey] = before;
  });

  test("makes util.inspect print any allocator as its tree", () => {
    const parent = root();
    const chain = fallback(freeList(64, { parent }), freeList(8, { parent }));
    inspectAsTree();
    expect(inspect(chain)).toBe(tree(chain));
    expect(inspect({ chain })).toContain("└─ freeList");
  });

  test("does not change allocators that print themselves", () => {
    const counted = stats(freeList(64, { parent: root() }));
    expect(inspect(counted)).toContain("numAllocate");
    expect(tree(counted)).not.toContain("numAllocate");
  });

  test("says that a disposed allocator was disposed", () => {
    const list = freeList(64, { parent: root() });
    list.dispose();
    expect(inspect(list)).toBe("freeList (disposed)");
  });

  test("may be called twice", () => {
    inspectAsTree();
    const list = freeList(64, { parent: root() });
    expect(inspect(list)).toBe(tree(list));
  });
});
