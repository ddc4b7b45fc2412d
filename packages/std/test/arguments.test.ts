/** Errors of factories that are called with something else, from plain JavaScript. */
import * as combinators from "@alloc/combinators";
import * as core from "@alloc/core";
import * as freelist from "@alloc/freelist";
import * as global from "@alloc/global";
import * as owned from "@alloc/owned";
import * as proxy from "@alloc/proxy";
import * as scoped from "@alloc/scoped";
import { describe, expect, test } from "vitest";

type Call = (...args: unknown[]) => unknown;

const memory = core.Memory.virtual(2 ** 20);
const FACTORIES: Record<string, Call> = Object.fromEntries(
  Object.entries({
    ...combinators,
    ...freelist,
    ...scoped,
    ...proxy,
    system: global.system,
    tinyHeap: global.tinyHeap,
    heapReport: global.heapReport,
    fromMalloc: core.fromMalloc,
    "Allocator.from": core.Allocator.from,
    "Layout.of": core.Layout.of,
    "Layout.struct": core.Layout.struct,
    "Memory.over": core.Memory.over,
    "Box.new": (...args: unknown[]) => (owned.Box as unknown as Record<string, Call>).new!(...args),
    "Vec.new": (...args: unknown[]) => (owned.Vec as unknown as Record<string, Call>).new!(...args),
    "Vec.from": (...args: unknown[]) => (owned.Vec as unknown as Record<string, Call>).from!(...args),
    "Rc.new": (...args: unknown[]) => (owned.Rc as unknown as Record<string, Call>).new!(...args),
    "Arc.new": (...args: unknown[]) => (owned.Arc as unknown as Record<string, Call>).new!(...args),
    struct: owned.struct,
    array: owned.array,
  }).filter(
    // `inspectAsTree` takes no argument, and changes how all allocators of the process print.
    ([name, value]) => typeof value === "function" && !/^[A-Z]\w*$|^inspectAsTree$/.test(name),
  ),
) as never;

const PASSED: readonly (readonly unknown[])[] = [
  [],
  [null],
  [1],
  ["8"],
  [{}],
  [() => 1],
  [{}, {}],
  [1, null],
  [1, { parent: memory }],
  [{ parent: memory }],
];
/** Messages of an engine about a value that is used as something else. */
const RAW = /Cannot (?:read|destructure|convert|use|set)|is not (?:a function|iterable|a constructor)|undefined is/;

describe.each(Object.entries(FACTORIES))("%s", (_name, factory) => {
  test.each(
    PASSED.map((args) => [args.map((arg) => (arg === memory ? "a memory" : String(arg))).join(), args] as const),
  )("never fails with an error of the engine: (%s)", (_text, args) => {
    let message = "";
    try {
      factory(...args);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toMatch(RAW);
  });
});

test.each([
  [
    "limit(1)",
    () => (combinators.limit as Call)(1),
    "limit expects an allocator, got 1: write limit(allocator, bytes)",
  ],
  [
    "scoped(1, { parent: memory })",
    () => (scoped.scoped as Call)(1, { parent: memory }),
    "scoped expects an allocator as its parent, got an object of Memory: write scoped(bytes, { parent: pages(memory) })",
  ],
  [
    "system(parent)",
    () => (global.system as Call)(core.pages()),
    "system expects an object of options, got an allocator: write system({ parent: pages(memory) })",
  ],
  [
    "pages(buffer)",
    () => (core.pages as Call)(new ArrayBuffer(4096)),
    "pages expects a Memory, got an object of ArrayBuffer: write pages(Memory.over(buffer))",
  ],
  [
    "pages(wasmMemory)",
    () => (core.pages as Call)(new WebAssembly.Memory({ initial: 1 })),
    "pages expects a Memory, got a WebAssembly.Memory: write pages(Memory.over(memory))",
  ],
  [
    "system({ parent: wasmMemory })",
    () => (global.system as Call)({ parent: new WebAssembly.Memory({ initial: 1 }) }),
    "system expects an allocator as its parent, got a WebAssembly.Memory: write system({ parent: pages(Memory.over(memory)) })",
  ],
  [
    "Allocator.from({ memory: buffer, … })",
    () => (core.Allocator.from as Call)({ memory: new ArrayBuffer(64), allocate() {}, deallocate() {} }),
    "Allocator.from expects a Memory as memory, got an object of ArrayBuffer: write memory: Memory.over(buffer)",
  ],
  [
    "Allocator.from({ memory: wasmMemory, … })",
    () =>
      (core.Allocator.from as Call)({
        memory: new WebAssembly.Memory({ initial: 1 }),
        allocate() {},
        deallocate() {},
      }),
    "Allocator.from expects a Memory as memory, got a WebAssembly.Memory: write memory: Memory.over(memory)",
  ],
  [
    "cascade(list)",
    () => (combinators.cascade as Call)(freelist.freeList(64)),
    "cascade expects a function, got an allocator: write cascade((index) => freeList(64))",
  ],
  [
    "affix(heap, layout)",
    () => (combinators.affix as Call)(global.system(), core.Layout.of(16)),
    "affix expects an object of options, got a Layout of 16 bytes: write affix(inner, { prefix, suffix })",
  ],
  [
    "find(heap)",
    () => (core.find as Call)(core.pages()),
    'find expects an allocator and a name, got an allocator and undefined: write find(heap, "nodes")',
  ],
  [
    'Layout.array("64", 3)',
    () => (core.Layout.array as Call)("64", 3),
    'Layout.array expects a Layout, got "64": write Layout.array(Layout.of(size), count)',
  ],
  [
    "pipe(3)",
    () => (combinators.chain(global.system()).pipe as Call)(3),
    "pipe expects a function, got 3: write pipe(limit, 2 ** 20)",
  ],
  [
    "a pipe whose function returns nothing",
    () => ((combinators.chain(global.system()).pipe as Call)(() => undefined) as { build(): unknown }).build(),
    "pipe expects a function that returns an allocator, and it returned undefined",
  ],
  [
    "budget()",
    () => (combinators.budget as Call)(),
    "budget expects an object of options, got undefined: write budget({ bytes, count })",
  ],
  [
    "bucketize without a step",
    () => (combinators.bucketize as Call)(freelist.freeList, { from: 16, to: 64 }),
    "bucketize expects a step or a factor, got neither: write bucketize(make, { from: 16, to: 64, step: 16 })",
  ],
])("%s is told what to write", (_call, run, message) => {
  expect(run).toThrow(new core.ArgumentError(message));
});

test("a layout where a size belongs is told to pass its size", () => {
  expect(() => (freelist.freeList as Call)(core.Layout.of(20))).toThrow(
    new core.LayoutError(
      "size",
      "a size must be an integer from 0 to 4294967288 at align 8, got a Layout of 20 bytes; pass its size",
    ),
  );
});
