import { Layout, type Ptr, pages } from "@alloc/core";
import { type TinyHeap, tinyHeap } from "@alloc/global";
import { type LeakError, leaks } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { empty, heap, large, movingHeap, small, take, tooLarge } from "./support/fixtures.ts";
import { INNER } from "./support/inner.ts";
import { memoryForPrograms, programs, Run, type Step } from "./support/program.ts";
import { forgetRegistries } from "./support/registries.ts";

beforeEach(forgetRegistries);

const made: { dispose(): void }[] = [];
afterEach(() => {
  for (const one of made.splice(0)) one.dispose();
});

function watched(stackDepth?: number, inner: TinyHeap = heap()) {
  const one = leaks(inner, stackDepth === undefined ? {} : { stackDepth });
  made.push(one);
  return one;
}

/** Returns the error of a call that must find leaks. */
function leakOf(call: () => void): LeakError {
  try {
    call();
  } catch (error) {
    if ((error as { code?: string }).code === "leak") return error as LeakError;
    throw error;
  }
  throw new Error("no leak was found");
}

const tiny = Layout.of(1);
const sizes = ({ blocks }: LeakError) => blocks.map(({ size }) => size);

describe("the live blocks", () => {
  test.each(Object.entries(INNER))("are those of a program over %s, with the requested layouts", (_name, make) => {
    fc.assert(
      fc.property(programs, (steps: Step[]) => {
        const one = leaks(make(pages(memoryForPrograms())), { stackDepth: 0 });
        const run = new Run(one);
        for (const step of steps) run.step(step);
        const byPtr = (a: { ptr: number }, b: { ptr: number }) => a.ptr - b.ptr;
        const expected = run.blocks.map(({ ptr, layout: { size, align } }) => ({ ptr, size, align })).sort(byPtr);
        const live = one.live.map(({ ptr, size, align }) => ({ ptr, size, align })).sort(byPtr);
        expect(live).toEqual(expected);
        expect(one.bytesLive).toBe(expected.reduce((sum, { size }) => sum + size, 0));
        one.dispose();
      }),
    );
  });

  test("a block keeps its ordinal and its stack wherever it moves", () => {
    const one = watched();
    const first = take(one, small);
    take(one, small);
    const before = one.live[0]!;
    const next = one.grow(first, small, large) as Ptr;
    expect(next).not.toBe(first);
    expect(one.live.map(({ ordinal }) => ordinal)).toEqual([1, 2]);
    expect(one.live[0]).toEqual({ ...before, ptr: next, size: 400 });
  });

  test("a refused resize or release changes nothing", () => {
    const one = watched();
    const ptr = take(one, small);
    const before = one.live;
    expect(one.grow(ptr, small, tooLarge)).toBe(0);
    expect(codeThrown(() => one.deallocate(ptr, large))).toBe("wrong-layout");
    expect(one.live).toEqual(before);
  });

  test("a block older than the observer stays unknown, even if it moves", () => {
    const inner = heap();
    const ptr = take(inner, small);
    const one = leaks(inner);
    made.push(one);
    one.grow(ptr, small, large);
    expect(one.live).toEqual([]);
  });

  test("there are none after reset or dispose", () => {
    const one = watched();
    take(one, small);
    one.reset();
    expect(one.live).toEqual([]);
    take(one, small);
    one.dispose();
    expect(one.live).toEqual([]);
  });
});

describe("the stack", () => {
  test.each(["allocate", "allocateZeroed"] as const)("of %s starts with its caller", (call) => {
    const one = watched();
    const asksForABlock = () => one[call](small);
    asksForABlock();
    expect(one.live[0]!.stack.split("\n")[0]).toMatch(/asksForABlock.*leaks\.test\.ts/);
  });

  test("has the requested number of frames", () => {
    const one = watched(2);
    take(one, small);
    expect(one.live[0]!.stack.split("\n").length).toBe(2);
  });

  test("is empty with a depth of 0, and the report says so", () => {
    const one = watched(0);
    take(one, small);
    expect(one.live[0]!.stack).toBe("");
    expect(leakOf(() => leaks.check(one)).message).toContain("(no stack was kept)");
  });

  test("of errors of the program keeps its depth", () => {
    const { stackTraceLimit } = Error;
    take(watched(1), small);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});

describe("leaks.check", () => {
  test("throws nothing if no block is live", () => {
    const one = watched();
    one.deallocate(take(one, small), small);
    one.shrink(take(one, small), small, empty);
    one.allocate(empty);
    leaks.check(one);
    leaks.check();
  });

  test("lists blocks by the place of their allocation, the most bytes first", () => {
    const one = watched();
    const few = () => take(one, small);
    const many = () => take(one, large);
    few();
    for (let round = 0; round < 6; round++) many();
    const error = leakOf(() => leaks.check(one));
    expect(sizes(error)).toEqual([40, 400, 400, 400, 400, 400, 400]);
    const [title, first, second, ...rest] = error.message.split("\n\n");
    expect(title).toBe("7 blocks of 2440 bytes are still live");
    expect(first).toMatch(/^6 blocks of 2400 bytes: #2 \(400 bytes, align 8, at \d+\), #3 .*, …\n.*take.*\n.*many/);
    expect(second).toMatch(/^1 block of 40 bytes: #1 \(40 bytes, align 8, at \d+\)\n.*take.*\n.*few/);
    expect(rest).toEqual([]);
  });

  test("stays short, however much has leaked", () => {
    const one = watched();
    const places = Array.from({ length: 30 }, (_, index) => new Function("call", `${"\n".repeat(index)}call()`));
    for (const place of places) for (let round = 0; round < 100; round++) place(() => take(one, small));
    const { message, blocks } = leakOf(() => leaks.check(one));
    expect(blocks.length).toBe(3000);
    expect(message.match(/#\d+ \(/g)?.length).toBe(10 * 4);
    expect(message.split("\n\n").length).toBe(12);
    expect(message.split("\n\n").at(-1)).toBe("and 2000 blocks of 80000 bytes from 20 other places");
  });

  test("without arguments checks all heaps that were not disposed", () => {
    const [first, second, third] = [watched(), watched(), watched()];
    take(first, small);
    take(second, large);
    take(third, tiny);
    third.dispose();
    first.grow(first.live[0]!.ptr, small, Layout.of(50));
    expect(sizes(leakOf(() => leaks.check())).sort((a, b) => a - b)).toEqual([50, 400]);
    expect(sizes(leakOf(() => leaks.check(second)))).toEqual([400]);
    leaks.check(watched());
    second.reset();
    first.deallocate(first.live[0]!.ptr, Layout.of(50));
    leaks.check();
  });

  test("is not the capability check of the heap, to which a live block is no fault", () => {
    const one = watched();
    take(one, small);
    one.check();
  });
});

describe("expectNone", () => {
  test("throws at its end if a block of it is live", () => {
    const one = watched();
    take(one, small);
    const scope = one.expectNone();
    take(one, large);
    expect(sizes(leakOf(() => scope[Symbol.dispose]()))).toEqual([400]);
  });

  test("ignores an older block, even if it moved", () => {
    const one = watched(undefined, movingHeap());
    const ptr = take(one, small);
    {
      using _scope = one.expectNone();
      expect(one.grow(ptr, small, large)).not.toBe(ptr);
      one.deallocate(take(one, small), small);
    }
  });

  test("nested, each checks its own blocks", () => {
    const one = watched();
    const outer = one.expectNone();
    take(one, small);
    one.expectNone()[Symbol.dispose]();
    expect(sizes(leakOf(() => outer[Symbol.dispose]()))).toEqual([40]);
  });

  test("ends by dispose too, for programs without using", () => {
    const one = watched();
    const scope = one.expectNone();
    take(one, small);
    expect(sizes(leakOf(() => scope.dispose()))).toEqual([40]);
    scope[Symbol.dispose]();
  });

  test("finds nothing if the heap was disposed before it", () => {
    const one = watched();
    const scope = one.expectNone();
    take(one, small);
    one.dispose();
    scope[Symbol.dispose]();
  });

  test("loses no error of the body: both are in a SuppressedError", () => {
    const one = watched();
    const body = () => {
      using _scope = one.expectNone();
      take(one, small);
      throw new Error("of the body");
    };
    let error: { error?: unknown; suppressed?: unknown } = {};
    try {
      body();
    } catch (caught) {
      error = caught as typeof error;
    }
    expect(error.error).toMatchObject({ name: "LeakError" });
    expect(error.suppressed).toMatchObject({ message: "of the body" });
  });
});

test("neither reset nor dispose reports leaks, so check before", () => {
  const region = leaks(scoped(1000, { parent: pages(memoryForPrograms()) }));
  take(region, small);
  region.reset();
  leaks.check();
  take(region, small);
  region.dispose();
  leaks.check();
});

test("a heap from which one of two blocks was released is still reported without being named", () => {
  const one = watched();
  take(one, small);
  one.deallocate(take(one, large), large);
  expect(sizes(leakOf(() => leaks.check()))).toEqual([40]);
});

describe("a live block has the name", () => {
  const nameOfBlock = (one: { readonly live: readonly { readonly heap?: string }[] }) => one.live[0]!.heap;

  test("of the leaks", () => {
    const one = leaks(heap(), { name: "requests" });
    take(one, small);
    expect(nameOfBlock(one)).toBe("requests");
  });

  test("of the inner allocator, if the leaks have none", () => {
    const one = leaks(tinyHeap({ parent: pages(memoryForPrograms()), name: "inner" }));
    take(one, small);
    expect(nameOfBlock(one)).toBe("inner");
  });

  test("of neither, if neither has one", () => {
    const one = watched();
    take(one, small);
    expect(Object.keys(one.live[0]!)).not.toContain("heap");
  });
});

test("leaks.check of something else is refused with what to write", () => {
  expect(() => leaks.check(5 as never)).toThrow(/^leaks\.check expects .*got 5: write leaks\.check\(leaks\(heap\)\)/);
});

test("describe reports the depth of the stacks", () => {
  expect(watched(3).describe().nodes[0]).toMatchObject({ kind: "leaks", options: { stackDepth: 3 } });
});
