// @module-tag alone
import { inspect } from "node:util";
import { fallback } from "@alloc/combinators";
import { Allocator, Layout, NULL, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { describe, expect, vi } from "vitest";
import { errorOf, type Package, targetOf, test } from "./realm.ts";
import { bytes, take } from "./support.ts";

const layout = Layout.of(24);
const heapIn = (copy: Package) => copy.system({ parent: bytes() });

describe("the default", () => {
  test("is System, if nothing is registered", ({ copy: { Global, System } }) => {
    expect(targetOf({ Global }, { System })).toBe("System");
    expect(System.sizeAt(take(Global, layout))).toBe(24);
    expect(targetOf({ Global }, { System })).toBe("System");
  });

  test("can be used directly, whatever is registered", ({ copy }) => {
    const heap = heapIn(copy);
    copy.setGlobalAllocator(heap);
    const ptr = take(copy.System, layout);
    expect(copy.System.sizeAt(ptr)).toBe(24);
    expect(heap.footprint().held).toBe(0);
  });

  test("may be registered by name", ({ copy: { Global, setGlobalAllocator, System } }) => {
    setGlobalAllocator(System);
    expect(System.sizeAt(take(Global, layout))).toBe(24);
  });
});

describe("if the host has no addresses for the default memory", () => {
  const CORE = Symbol.for("@alloc/core:2");
  const home = globalThis as { [CORE]?: { memory?: unknown } };

  test("each use is a RangeError, and another allocator may still be registered", ({ copy }) => {
    const known = home[CORE]?.memory;
    if (home[CORE] !== undefined) delete home[CORE].memory;
    const spy = vi.spyOn(WebAssembly, "Memory").mockImplementation(function refused() {
      throw new RangeError("could not allocate memory");
    });
    try {
      for (const use of [
        () => copy.Global.allocate(layout),
        () => copy.System.allocate(layout),
        () => copy.alloc(layout),
      ]) {
        expect(errorOf(use).name).toBe("RangeError");
      }
      const heap = heapIn(copy);
      copy.setGlobalAllocator(heap);
      expect(heap.sizeAt(take(copy.Global, layout))).toBe(24);
      expect(`${copy.Global} ${copy.System} ${JSON.stringify(copy.System)}`).toMatch(/^Global System \{/);
    } finally {
      spy.mockRestore();
      if (home[CORE] !== undefined && known !== undefined) home[CORE].memory = known;
    }
  });
});

describe("the registered allocator", () => {
  test("serves Global and the four functions", ({ copy }) => {
    const heap = heapIn(copy);
    copy.setGlobalAllocator(heap);
    const { Global, alloc, allocZeroed, dealloc, realloc } = copy;
    const moved = realloc(alloc(layout) as Ptr, layout, 5000) as Ptr;
    const ptrs = [Global.allocate(layout), Global.allocateZeroed(layout), alloc(layout), allocZeroed(layout)] as Ptr[];
    expect([...ptrs, moved].map((ptr) => heap.sizeAt(ptr))).toEqual([24, 24, 24, 24, 5056]);
    for (const ptr of ptrs) dealloc(ptr, layout);
    dealloc(moved, Layout.of(5000));
    heap.trim();
    expect(heap.footprint().held).toBe(0);
  });

  test("may come from a library with another copy of the core", ({ copy: { Global, setGlobalAllocator } }) => {
    const library = freeList(64, { blocks: 1, parent: bytes() });
    expect([library instanceof Allocator, Global instanceof Allocator]).toEqual([true, false]);
    setGlobalAllocator(library);
    expect(library.owns(take(Global, layout))).toBe(true);
  });

  test("may be an object with two of Rust's functions", ({ copy: { Global, alloc, dealloc, setGlobalAllocator } }) => {
    const list = freeList(64, { blocks: 1, parent: bytes() });
    setGlobalAllocator({
      memory: list.memory,
      alloc: (layout) => list.allocate(layout),
      dealloc: (ptr, layout) => list.deallocate(ptr, layout),
    });
    const ptr = take(Global, layout);
    expect([list.owns(ptr), alloc(layout)]).toEqual([true, NULL]);
    dealloc(ptr, layout);
    expect(alloc(layout)).toBe(ptr);
  });

  test("is disposed by its owner only", ({ copy }) => {
    const heap = heapIn(copy);
    copy.setGlobalAllocator(heap);
    copy.Global.dispose();
    copy.Global[Symbol.dispose]();
    expect(heap.owns(take(copy.Global, layout))).toBe(true);
  });
});

describe("a second registration", () => {
  test("is refused by name and code, with the trace of the first as its cause", ({ copy }) => {
    (function theProgram() {
      copy.setGlobalAllocator(heapIn(copy));
    })();
    const error = errorOf(() => copy.setGlobalAllocator(heapIn(copy)));
    expect(error).toMatchObject({ name: "GlobalAllocatorError", code: "already-registered" });
    expect(error.message).toMatch(/^a global allocator is already registered.*in a test use overrideGlobalAllocator$/);
    expect(error.cause?.message).toBe("the global allocator was registered here");
    expect(error.cause?.stack).toContain("theProgram");
  });

  test("changes nothing", ({ copy }) => {
    const [first, second] = [heapIn(copy), heapIn(copy)];
    copy.setGlobalAllocator(first);
    errorOf(() => copy.setGlobalAllocator(second));
    expect([first, second].map((heap) => heap.owns(take(copy.Global, layout)))).toEqual([true, false]);
  });

  test("is refused also for the same allocator", ({ copy }) => {
    const heap = heapIn(copy);
    copy.setGlobalAllocator(heap);
    expect(errorOf(() => copy.setGlobalAllocator(heap)).code).toBe("already-registered");
  });
});

describe("a registration after the first use of the default is refused, with the trace of the use as its cause:", () => {
  const dead = (copy: Package, layout: Layout) => {
    const ptr = take(copy.System, layout);
    return [ptr, layout] as const;
  };
  const uses: Record<string, (copy: Package) => unknown> = {
    "Global.allocate": ({ Global }) => Global.allocate(layout),
    "Global.allocateZeroed": ({ Global }) => Global.allocateZeroed(layout),
    "Global.grow": (copy) => copy.Global.grow(...dead(copy, layout), Layout.of(100)),
    "Global.growZeroed": (copy) => copy.Global.growZeroed(...dead(copy, layout), Layout.of(100)),
    "Global.shrink": (copy) => copy.Global.shrink(...dead(copy, layout), Layout.of(8)),
    "Global.deallocate": (copy) => copy.Global.deallocate(...dead(copy, layout)),
    "Global.usableSize": ({ Global }) => Global.usableSize(layout),
    "Global.memory": ({ Global }) => Global.memory,
    alloc: ({ alloc }) => alloc(layout),
    allocZeroed: ({ allocZeroed }) => allocZeroed(layout),
    realloc: (copy) => copy.realloc(...dead(copy, layout), 100),
    dealloc: (copy) => copy.dealloc(...dead(copy, layout)),
  };

  test.for(Object.entries(uses))("%s", ([_, use], { copy }) => {
    (function theUser() {
      use(copy);
    })();
    const error = errorOf(() => copy.setGlobalAllocator(heapIn(copy)));
    expect(error).toMatchObject({ name: "GlobalAllocatorError", code: "already-used" });
    expect(error.cause?.message).toBe("the default global allocator was first used here");
    expect(error.cause?.stack).toContain("theUser");
    expect(targetOf(copy, { System: copy.System })).toBe("System");
  });
});

describe("inspecting Global, and requesting nothing from it, does not count as use:", () => {
  const empty = Layout.of(0, 64);
  const looks: Record<string, (copy: Package) => unknown> = {
    describe: ({ Global }) => Global.describe(),
    footprint: ({ Global }) => Global.footprint(),
    detects: ({ Global }) => Global.detects,
    print: ({ Global }) => inspect(Global),
    byRef: ({ Global }) => Global.byRef(),
    dispose: ({ Global }) => Global.dispose(),
    "requests of size 0": ({ Global }) => {
      const ptr = Global.grow(take(Global, empty), empty, empty) as Ptr;
      Global.deallocate(Global.shrink(ptr, empty, empty) as Ptr, empty);
      return [Global.allocateZeroed(empty), Global.growZeroed(ptr, empty, empty), Global.usableSize(empty)];
    },
    "refused calls": ({ alloc, Global, setGlobalAllocator }) => [
      errorOf(() => alloc(empty)),
      errorOf(() => setGlobalAllocator({} as Allocator)),
      errorOf(() => setGlobalAllocator(Global)),
    ],
    "System itself": ({ System }) => System.allocate(layout),
  };

  test.for(Object.entries(looks))("%s", ([_, look], { copy }) => {
    look(copy);
    const heap = heapIn(copy);
    copy.setGlobalAllocator(heap);
    expect(heap.owns(take(copy.Global, layout))).toBe(true);
  });
});

describe("an allocator that would forward to itself is refused, by registration and override:", () => {
  const loops: Record<string, (copy: Package) => Allocator> = {
    Global: ({ Global }) => Global,
    "Global, lent": ({ Global }) => Global.byRef(),
    "a fallback to Global": ({ Global }) => fallback(freeList(64, { parent: Global }), Global),
    "a heap whose chunks come from Global": ({ Global, system }) => system({ parent: Global }),
    "a chain with such a heap in it, lent": ({ Global, system }) => {
      const inner = fallback(freeList(64), system({ parent: Global }));
      return fallback(freeList(32), inner.byRef());
    },
  };

  test.for(Object.entries(loops))("%s", ([_, make], { copy }) => {
    const loop = make(copy);
    for (const register of [copy.setGlobalAllocator, copy.overrideGlobalAllocator]) {
      const error = errorOf(() => register(loop));
      expect(error.name).toBe("TypeError");
      expect(error.message).toMatch(/leads to Global, which would call itself endlessly; use System/);
    }
    expect(targetOf(copy, { System: copy.System })).toBe("System");
  });
});

describe("anything but an allocator is refused, and the missing part is named:", () => {
  const { memory } = bytes();
  const alloc = () => NULL;
  const dealloc = () => {};
  const whole: Allocator = freeList(64, { parent: bytes() });
  const without = (part: string) =>
    new Proxy(whole, { get: (target, key) => (key === part ? undefined : Reflect.get(target, key)) });
  const wrong: [text: string, given: unknown, part: RegExp][] = [
    ["undefined", undefined, /; got undefined$/],
    ["a number", 65536, /; got 65536$/],
    ["Rust's functions without alloc", { memory, dealloc }, /with alloc: undefined$/],
    ["Rust's functions without dealloc", { memory, alloc }, /with dealloc: undefined$/],
    ["Rust's functions without memory", { alloc, dealloc }, /with no memory$/],
    [
      "Rust's functions with a realloc that is not a function",
      { memory, alloc, dealloc, realloc: 1 },
      /with realloc: number$/,
    ],
    ["Rust's functions with a memory that is not a memory", { memory: 4096, alloc, dealloc }, /with no memory$/],
    ["parts for Allocator.from", { memory, allocate: alloc, deallocate: dealloc }, /with allocateZeroed: undefined$/],
    ...["memory", "deallocate", "grow", "growZeroed", "shrink", "usableSize", "footprint", "describeSelf"].map(
      (part): [string, unknown, RegExp] => [
        `an allocator without ${part}`,
        without(part),
        new RegExp(`with.* ${part}`),
      ],
    ),
  ];

  test.for(wrong)("%s", ([_, given, part], { copy }) => {
    for (const register of ["setGlobalAllocator", "overrideGlobalAllocator"] as const) {
      const error = errorOf(() => copy[register](given as Allocator));
      expect(error.name).toBe("TypeError");
      expect(error.message).toMatch(
        new RegExp(`^${register} needs an Allocator \\(Allocator.from makes one\\), or an object`),
      );
      expect(error.message).toMatch(part);
    }
  });
});
