import {
  affix,
  aligned,
  bucketize,
  cascade,
  chain,
  fallback,
  freeTree,
  limit,
  nullAllocator,
  quantize,
  segregate,
} from "@alloc/combinators";
import { Allocator, find, fromMalloc, Layout, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { heapReport, system, tinyHeap } from "@alloc/global";
import { guard, leaks, proxy, stats, tree } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const root = () => pages(Memory.linear({ maximum: 2 ** 22 }));
const layout = Layout.of(64);
const MALLOC = { memory: Memory.over(new ArrayBuffer(4096)), malloc: () => 0, free: () => {} };

const named = (name?: string) => (name === undefined ? {} : { name });

/** Every factory that takes a name. */
const FACTORIES: Record<string, (name?: string) => Allocator> = {
  freeList: (name) => freeList(64, { parent: root(), ...named(name) }),
  scoped: (name) => scoped(64, { parent: root(), ...named(name) }),
  system: (name) => system({ parent: root(), ...named(name) }),
  "system, checked": (name) => system({ parent: root(), checked: true, ...named(name) }),
  tinyHeap: (name) => tinyHeap({ parent: root(), ...named(name) }),
  "Allocator.from": (name) => Allocator.from({ memory: MALLOC.memory, allocate: () => 0, deallocate() {}, name }),
  fromMalloc: (name) => fromMalloc({ ...MALLOC, ...named(name) }),
  limit: (name) => limit(system({ parent: root() }), { bytes: 9, ...named(name) }),
  bucketize: (name) => {
    const parent = root();
    const sizes = { from: 8, to: 16, step: 8, ...named(name) };
    return bucketize((size) => freeList(size, { parent }), sizes);
  },
  guard: (name) => guard(system({ parent: root() }), named(name)),
  leaks: (name) => leaks(system({ parent: root() }), named(name)),
  pages: (name) => pages(Memory.linear({ maximum: 2 ** 22 }), named(name)),
  nullAllocator: (name) => nullAllocator(root().memory, named(name)),
  affix: (name) => affix(system({ parent: root() }), { prefix: Layout.u32, ...named(name) }),
  aligned: (name) => aligned(system({ parent: root() }), 64, named(name)),
  quantize: (name) => quantize(system({ parent: root() }), 64, named(name)),
  freeTree: (name) => freeTree(scoped(64, { parent: root() }), named(name)),
  fallback: (name) => {
    const parent = root();
    return fallback(system({ parent }), nullAllocator(parent.memory), named(name));
  },
  segregate: (name) => {
    const parent = root();
    const list = freeList(64, { parent });
    return segregate([64, list], [99, tinyHeap({ parent })], system({ parent }), named(name));
  },
  cascade: (name) => cascade(() => freeList(64, { parent: root() }), named(name)),
  proxy: (name) => proxy(system({ parent: root() }), {}, named(name)),
  stats: (name) => stats(system({ parent: root() }), named(name)),
};

describe.each(Object.entries(FACTORIES))("%s", (_, make) => {
  test("is found by its name", () => {
    const named = make("nodes");
    expect(find(fallback(nullAllocator(named.memory), named), "nodes")).toBe(named);
  });

  test("tells its name in its text and its description", () => {
    const named = make("nodes");
    expect(String(named)).toContain('"nodes"');
    expect(named.describe().nodes[0]!.options.name).toBe("nodes");
  });

  test("has no name unless it got one", () => {
    expect(make().describe().nodes[0]!.options).not.toHaveProperty("name");
  });

  test.each(["", "a".repeat(41), "a\nb", "\u2028", "\ud800", 7, null])("refuses the name %j", (name) => {
    expect(() => make(name as string)).toThrow(/^a name must be a text of 1 to 40 printable characters, got /);
  });
});

test("a factory that refuses a name has taken nothing from its parent", () => {
  const parent = root();
  for (const make of [
    () => freeList(64, { parent, name: "" }),
    () => scoped(64, { parent, name: "" }),
    () => system({ parent, name: "" }),
    () => tinyHeap({ parent, name: "" }),
  ]) {
    expect(make).toThrow(TypeError);
  }
  expect(parent.footprint().held).toBe(0);
});

describe("a combinator that refuses its options", () => {
  const heap = system({ parent: root() });
  const rest = nullAllocator(heap.memory);
  const made: Record<string, (options: { name: string }) => Allocator> = {
    limit: (options) => limit(heap, options),
    guard: (options) => guard(heap, options),
    leaks: (options) => leaks(heap, options),
    stats: (options) => stats(heap, options),
    affix: (options) => affix(heap, options),
    aligned: (options) => aligned(heap, 8, options),
    quantize: (options) => quantize(heap, 8, options),
    freeTree: (options) => freeTree(heap, options),
    fallback: (options) => fallback(heap, rest, options),
    segregate: (options) => segregate([64, heap], rest, options),
    proxy: (options) => proxy(heap, {}, options),
    cascade: (options) => cascade(() => heap, options),
  };

  test.each(Object.entries(made))("has not adopted a child: %s", (_, make) => {
    expect(() => make({ name: "" })).toThrow(TypeError);
    expect(heap.isOwned).toBe(false);
  });

  test.each(Object.entries(made))("says that null is none: %s", (_, make) => {
    expect(() => make(null as never)).toThrow(/expect.*(options|pairs|bytes).*got null/);
    expect(heap.isOwned).toBe(false);
  });
});

test("a chain passes the name on", () => {
  const parent = root();
  const heap = chain(freeList(64, { parent })).orElse(system({ parent })).pipe(aligned, 64, { name: "lines" }).build();
  expect(find(heap, "lines")).toBe(heap);
});

test("segregate names its outermost pair", () => {
  const parent = root();
  const small = freeList(64, { parent });
  const heap = segregate([64, small], [99, tinyHeap({ parent })], system({ parent }), { name: "sizes" });
  expect(heap.describe().nodes.filter(({ options }) => options.name === "sizes")).toEqual([heap.describe().nodes[0]]);
});

test("the root of a memory has the name that it was given last", () => {
  const memory = Memory.linear({ maximum: 2 ** 20 });
  const first = pages(memory, { name: "first" });
  expect(find(pages(memory), "first")).toBe(first);
  expect(find(pages(memory, { name: "second" }), "second")).toBe(first);
});

describe("find", () => {
  test("looks through children, parents and lent allocators", () => {
    const parent = system({ parent: root(), name: "parent" });
    const list = freeList(64, { parent, name: "list" });
    const heap = limit(fallback(list, tinyHeap({ parent: parent.parent!, name: "heap" }).byRef()), { bytes: 999 });
    expect(["parent", "list", "heap"].map((name) => find(heap, name)?.describeSelf().kind)).toEqual([
      "system",
      "freeList",
      "tinyHeap",
    ]);
  });

  test("returns the allocator itself, and undefined for a name that no member has", () => {
    const heap = system({ parent: root(), name: "heap" });
    expect(find(heap, "heap")).toBe(heap);
    expect(find(heap, "head")).toBe(undefined);
  });

  test("throws for a name that two members have, and finds a member that is reached twice", () => {
    const parent = system({ parent: root(), name: "both" });
    const two = () => fallback(freeList(64, { parent, name: "one" }), freeList(64, { parent }));
    expect(find(two(), "both")).toBe(parent);
    const named = () => freeList(64, { parent, name: "twice" });
    expect(codeThrown(() => find(fallback(named(), named()), "twice"))).toBe("ambiguous-name");
  });

  test("finds any printable name of up to 40 characters", () => {
    const character = fc.oneof(fc.constantFrom('"', "\\", " ", "ß", "語", "🧱"), fc.string({ unit: "grapheme-ascii" }));
    const names = fc.array(character, { minLength: 1, maxLength: 40 }).map((parts) => parts.join("").slice(0, 40));
    fc.assert(
      fc.property(
        names.filter((it) => /^[^\p{C}]+$/u.test(it)),
        (name) => {
          const heap = stats(freeList(64, { parent: root(), name }));
          expect(find(heap, name)).toBe(heap.inner);
          expect(String(heap.inner)).toBe(`freeList ${JSON.stringify(name)}`);
        },
      ),
    );
  });
});

describe("a name appears in", () => {
  test("the text of a chain, also after the end", () => {
    const list = freeList(64, { parent: root(), name: "nodes" });
    const heap = limit(list, 1000);
    expect(String(heap)).toBe('limit(freeList "nodes")');
    heap.dispose();
    expect(String(list)).toBe('freeList "nodes" (disposed)');
  });

  test("the error of a call after the end", () => {
    const list = freeList(64, { parent: root(), name: "nodes" });
    list.dispose();
    expect(() => list.allocate(layout)).toThrow('this freeList "nodes" was disposed');
  });

  test("the error of a second owner", () => {
    const list = freeList(64, { parent: root(), name: "nodes" });
    limit(list, { bytes: 9, name: "first" });
    expect(() => limit(list, 9)).toThrow('this freeList "nodes" belongs to a limit "first"');
  });

  test("the error of members that share a heap", () => {
    const heap = system({ parent: root(), name: "shared" });
    expect(() => fallback(limit(heap.byRef(), 9), limit(heap.byRef(), 9))).toThrow(
      'blocks of the same system "shared"',
    );
  });

  test("the tree of a chain and of its description", () => {
    const parent = root();
    const heap = fallback(freeList(64, { parent, name: "nodes" }), nullAllocator(parent.memory));
    for (const chain of [heap, heap.describe()]) expect(tree(chain)).toContain('freeList "nodes"(blockSize 64,');
  });

  test("the table of counters, as the name of stats or of what they count", () => {
    const list = () => freeList(64, { parent: root(), name: "nodes" });
    expect(String(stats(list()))).toMatch(/^"nodes"\nnumAllocate/);
    expect(String(stats(list(), { name: "all" }))).toMatch(/^"all"\nnumAllocate/);
  });

  test("the report of leaks", () => {
    const heap = leaks(freeList(64, { parent: root(), name: "nodes" }), { stackDepth: 0 });
    heap.allocate(layout);
    expect(heap.live[0]!.heap).toBe("nodes");
    expect(() => leaks.check(heap)).toThrow('#1 of "nodes" (64 bytes');
  });

  test("the report of a heap", () => {
    const heap = stats(system({ parent: root(), name: "main" }));
    expect(heapReport(heap).name).toBe("main");
    expect(String(heapReport(heap))).toMatch(/^"main"\nheld, in bytes/);
    expect(heapReport(heap.describe().nodes[1]!).name).toBe("main");
  });
});
