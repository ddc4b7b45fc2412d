/** An error that an allocator throws names it, whatever was done wrong. */
import * as combinators from "@alloc/combinators";
import { type Allocator, type Can, type Capability, fromMalloc, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { type GuardError, guard, leaks, proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";

const layout = Layout.of(64);
const name = "nodes";
const root = () => pages(Memory.linear({ maximum: 2 ** 22 }));
/** What a wrapper wraps may be what detects the misuse. */
const heap = () => system({ parent: root(), name: "inner" });
const list = () => freeList(64, { blocks: 8, parent: root(), name: "inner" });

const MAKERS: Readonly<Record<string, (name: string | undefined) => Allocator>> = {
  freeList: (it) => freeList(64, { blocks: 8, parent: root(), ...(it && { name: it }) }),
  "system({ checked: true })": (it) => system({ parent: root(), checked: true, ...(it && { name: it }) }),
  "system({ checked: false })": (it) => system({ parent: root(), checked: false, ...(it && { name: it }) }),
  tinyHeap: (it) => tinyHeap({ parent: root(), ...(it && { name: it }) }),
  scoped: (it) => scoped(4096, { parent: root(), ...(it && { name: it }) }),
  pages: (it) => pages(Memory.linear({ maximum: 2 ** 22 }), it === undefined ? {} : { name: it }),
  nullAllocator: (it) => combinators.nullAllocator(undefined, it === undefined ? {} : { name: it }),
  limit: (it) => combinators.limit(list(), { bytes: 10_000, ...(it && { name: it }) }),
  cascade: (it) => combinators.cascade(list, it === undefined ? {} : { name: it }),
  freeTree: (it) => combinators.freeTree(scoped(4096, { parent: root() }), it === undefined ? {} : { name: it }),
  bucketize: (it) => {
    const parent = root();
    const make = (size: number) => freeList(size, { blocks: 8, parent, name: "inner" });
    return combinators.bucketize(make, { from: 16, to: 64, step: 16, ...(it && { name: it }) });
  },
  affix: (it) => combinators.affix(heap(), { prefix: Layout.u32, ...(it && { name: it }) }),
  quantize: (it) => combinators.quantize(heap(), 16, it === undefined ? {} : { name: it }),
  aligned: (it) => combinators.aligned(heap(), 16, it === undefined ? {} : { name: it }),
  stats: (it) => stats(heap(), it === undefined ? {} : { name: it }),
  leaks: (it) => leaks(heap(), it === undefined ? {} : { name: it }),
  guard: (it) => guard(system({ parent: root() }), it === undefined ? {} : { name: it }),
  "guard over a region": (it) => guard(scoped(4096, { parent: root() }), it === undefined ? {} : { name: it }),
  fromMalloc: (it) => {
    let top = 64;
    const memory = Memory.linear({ maximum: 2 ** 20 });
    const malloc = (size: number) => {
      top += size + 8;
      return top - size;
    };
    return fromMalloc({ memory, malloc, free: () => {}, ...(it && { name: it }) });
  },
};

/** Calls with a wrong block, each in an allocator of its own, that has one live block. */
const MISUSES: Readonly<Record<string, (it: Can<Capability>, ptr: Ptr, size: Layout) => unknown>> = {
  "a second release": (it, ptr, size) => {
    it.deallocate(ptr, size);
    it.deallocate(ptr, size);
  },
  "a pointer of another heap": (it, _, size) => it.deallocate((2 ** 21 + 64) as Ptr, size),
  "a pointer inside a block": (it, ptr, size) => it.deallocate((ptr + 8) as Ptr, size),
  "a pointer of another heap, of another align": (it) => it.deallocate((2 ** 21 + 64) as Ptr, Layout.of(64, 128)),
  "a layout of another size": (it, ptr) => it.deallocate(ptr, Layout.of(4096)),
};

/** Errors about an argument or NULL, which no allocator is asked about. */
const OF_NO_ALLOCATOR = /expects (?:a Layout|the address of a block)/;

describe.each(Object.entries(MAKERS))("%s", (kind, make) => {
  /** Returns the text of the misuse that a call throws; undefined if it is not detected. */
  const said = (call: (typeof MISUSES)[string], size: Layout, it: string | undefined) => {
    const made = make(it) as Can<Capability>;
    try {
      call(made, made.allocate(size) as Ptr, size);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  test.each(Object.entries(MISUSES))("the error for %s names the allocator", (_misuse, call) => {
    for (const size of [layout, Layout.of(100_000)]) {
      const text = said(call, size, name);
      if (text !== undefined && !OF_NO_ALLOCATOR.test(text)) expect(text).toMatch(/^\w+ "(?:nodes|inner)": /);
    }
  });

  test("an allocator without a name says what it said", () => {
    for (const call of Object.values(MISUSES))
      expect(said(call, layout, undefined) ?? "").not.toMatch(/"nodes"|^\w+: /);
  });

  test("the error after its end names it", () => {
    const made = make(name);
    made.dispose();
    // The root of a memory does not end.
    if (kind !== "pages") expect(() => made.allocate(layout)).toThrow(/^this \w+ "nodes" was disposed/);
  });
});

test("what is detected is most of it", () => {
  const detected = Object.values(MAKERS).flatMap((make) =>
    Object.values(MISUSES).filter((call) => {
      const made = make(name) as Can<Capability>;
      try {
        call(made, made.allocate(layout) as Ptr, layout);
        return false;
      } catch {
        return true;
      }
    }),
  );
  expect(detected.length).toBeGreaterThan(30);
});

test.each<[string, () => unknown]>([
  ["freeList", () => freeList(64, { name, blocks: 2 ** 20, parent: root() })],
  ["scoped", () => scoped(2 ** 25, { name, parent: root() })],
])("%s without room names itself", (_, make) => {
  expect(make).toThrow(/"nodes"/);
});

test("a scope that is locked names its region", () => {
  const region = scoped(4096, { name, parent: root() });
  const inner = region.frame();
  expect(() => region.allocate(layout)).toThrow(/^scoped "nodes": this scope is locked/);
  inner[Symbol.dispose]();
});

describe("a guard with a name", () => {
  /** Returns the error of a misuse, with the block that it is about. */
  const caught = (call: () => unknown): GuardError => {
    try {
      call();
    } catch (error) {
      return error as GuardError;
    }
    throw new Error("nothing was thrown");
  };
  const made = () => {
    const it = guard(system({ parent: root() }), { name });
    return { it, ptr: it.allocate(layout) as Ptr };
  };

  test("starts the error of a write behind a block with its name, at a release and by check", () => {
    for (const call of ["release", "check"]) {
      const { it, ptr } = made();
      it.memory.u8[ptr + 64] = 1;
      expect(caught(() => (call === "check" ? it.check() : it.deallocate(ptr, layout))).message).toMatch(
        /^guard "nodes": wrote behind the end of #1 \(64 bytes/,
      );
    }
  });

  test("starts the error of a write into a released block with its name, by check and as it leaves the quarantine", () => {
    for (const call of ["check", "trim"] as const) {
      const { it, ptr } = made();
      it.deallocate(ptr, layout);
      it.memory.u8[ptr] = 1;
      expect(caught(() => it[call]()).message).toMatch(/^guard "nodes": wrote into #1 /);
    }
  });

  test("starts the error of a resize in the wrong direction with its name", () => {
    const { it, ptr } = made();
    expect(caught(() => it.grow(ptr, layout, Layout.of(8))).message).toMatch(/^guard "nodes": tried to grow #1 /);
  });

  test("starts the errors of its scopes with its name", () => {
    const region = guard(scoped(4096, { parent: root() }), { name });
    const outer = region.allocate(layout) as Ptr;
    const inner = region.frame();
    const ptr = inner.allocate(layout) as Ptr;
    expect(caught(() => region.deallocate(outer, layout)).message).toMatch(
      /^guard "nodes": used #1 .* of an outer scope/,
    );
    expect(caught(() => inner.deallocate(ptr, Layout.of(8))).message).toMatch(/^guard "nodes": took #2 /);
    inner.memory.u8[ptr + 64] = 1;
    expect(caught(() => inner.check()).message).toMatch(/^guard "nodes": wrote behind the end of #2 /);
  });

  test("starts the error of a hook that ends the block of the call with its name", () => {
    const memory = Memory.virtual(2 ** 20, { copy: () => {}, fill: () => {} });
    let during = () => {};
    const inner = proxy(system({ parent: pages(memory) }), { allocateSuccess: () => during() });
    const it = guard(inner, { name });
    const ptr = it.allocate(layout) as Ptr;
    during = () => {
      during = () => {};
      it.deallocate(ptr, layout);
    };
    expect(caught(() => it.grow(ptr, layout, Layout.of(500))).message).toMatch(/^guard "nodes": grow of the block at /);
  });

  test("has its name in the block of the error, also in that of another guard", () => {
    const { it, ptr } = made();
    const other = guard(system({ parent: root() }), { name: "edges" });
    const { message, block } = caught(() => other.deallocate(ptr, layout));
    expect(message).toMatch(
      /^guard "edges": \d+ is not a block of this allocator but #1 of "nodes" \(64 bytes, align 8, at \d+\) of (?:another guard|one of \d+ other guards):/,
    );
    expect(block?.heap).toBe(name);
    expect(caught(() => it.deallocate(ptr, Layout.of(8))).block?.heap).toBe(name);
  });
});

test("a proxy whose hook ends the block names itself", () => {
  const made: Allocator = proxy(
    heap(),
    { allocateSuccess: (ptr: Ptr, of: Layout) => made.deallocate(ptr, of) },
    { name },
  );
  expect(() => made.allocate(layout)).toThrow(/^proxy "nodes": /);
});
