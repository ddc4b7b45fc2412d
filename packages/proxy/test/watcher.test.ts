import { fallback, nullAllocator } from "@alloc/combinators";
import {
  Allocator,
  type AllocatorParts,
  type Can,
  type Capability,
  can,
  Layout,
  Memory,
  orThrow,
  type Ptr,
  pages,
} from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { leaks, proxy, stats } from "@alloc/proxy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../checks/support/runs.ts";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { CAPABILITIES, INNER } from "./support/inner.ts";
import { memoryForPrograms, programs, Run } from "./support/program.ts";

/** Typed with all capabilities; the actual ones are tested. */
type Watched = Can<Capability> & { readonly inner: Allocator };

const WATCHERS: Record<string, (inner: Allocator) => Watched> = {
  "proxy without hooks": (inner) => proxy(inner as Can<Capability>, {}),
  "proxy with all hooks": (inner) =>
    proxy(inner as Can<Capability>, {
      allocateSuccess() {},
      allocateFail() {},
      deallocate() {},
      reallocateSuccess() {},
      reallocateFail() {},
      reset() {},
      resizeInPlace() {},
    }),
  stats: (inner) => stats(inner as Can<Capability>),
  leaks: (inner) => leaks(inner as Can<Capability>),
  "proxy of stats": (inner) => proxy(stats(inner as Can<Capability>), {}),
};

/** Results of an allocator that change nothing. */
function look({ allocator, blocks }: Run): unknown {
  const { ptr, layout } = blocks[0] ?? { ptr: 65536 as Ptr, layout: Layout.of(24) };
  return {
    usable: allocator.usableSize(layout),
    owns: can<Allocator, Capability>(allocator, "owns") && [ptr, ptr - 1, 8].map((at) => allocator.owns(at as Ptr)),
    sizeAt: blocks.length > 0 && can<Allocator, Capability>(allocator, "sizeAt") && allocator.sizeAt(ptr),
    check: can<Allocator, Capability>(allocator, "check") && allocator.check(),
    footprint: allocator.footprint(),
  };
}

describe.each(Object.entries(WATCHERS))("%s hides nothing", (_name, watch) => {
  test.each(Object.entries(INNER))("every result, even each address, is that of a bare %s", (_inner, make) => {
    fc.assert(
      fc.property(programs, (steps) => {
        const bare = new Run(make(pages(memoryForPrograms())));
        const watched = new Run(watch(make(pages(memoryForPrograms()))));
        const answersOf = (run: Run) => steps.map((step) => [step.call, run.step(step), look(run)]);
        expect(answersOf(watched)).toEqual(answersOf(bare));
      }),
      { numRuns: runs(100) },
    );
  });

  test("it has the capabilities of the inner allocator, for every set of them", () => {
    const parts: AllocatorParts = { memory: memoryForPrograms(), allocate: () => 0, deallocate() {} };
    fc.assert(
      fc.property(fc.subarray([...CAPABILITIES]), (capabilities) => {
        const methods = Object.fromEntries(capabilities.map((capability) => [capability, () => {}]));
        const watched = watch(Allocator.from({ ...parts, ...methods }));
        expect(CAPABILITIES.filter((capability) => can(watched, capability))).toEqual(capabilities);
      }),
    );
  });

  test("every call of a capability reaches the inner allocator, with its arguments", () => {
    const calls: unknown[][] = [];
    const note =
      (name: string, answer?: unknown) =>
      (...given: unknown[]) => {
        calls.push([name, ...given]);
        return answer;
      };
    const answers: [Capability, unknown][] = [
      ["owns", true],
      ["resizeInPlace", true],
      ["sizeAt", 24],
    ];
    const methods = Object.fromEntries(
      [...CAPABILITIES.map((capability) => [capability, undefined] as const), ...answers].map(
        ([capability, answer]) => [capability, note(capability, answer)],
      ),
    );
    const parts: AllocatorParts = { memory: memoryForPrograms(), allocate: () => 0, deallocate() {} };
    const watched = watch(Allocator.from({ ...parts, ...methods }));
    const drop = () => {};
    const [ptr, from, to] = [70_000 as Ptr, Layout.of(8), Layout.of(16)];
    expect([watched.owns(ptr), watched.sizeAt(ptr), watched.resizeInPlace(ptr, from, to)]).toEqual([true, 24, true]);
    watched.reset();
    watched.defer(drop);
    watched.check();
    watched.trim();
    const expected = [
      ["owns", ptr],
      ["sizeAt", ptr],
      ["resizeInPlace", ptr, from, to],
      ["reset"],
      ["defer", drop],
      ["check"],
      ["trim"],
    ];
    for (const call of expected) expect(calls).toContainEqual(call);
  });

  test("it is exact if the inner allocator is", () => {
    const inexact = Object.defineProperty(freeList(64, { blocks: 1 }), "isExact", { value: false });
    expect([inexact, freeList(64, { blocks: 1 })].map((inner) => watch(inner).isExact)).toEqual([false, true]);
  });

  test("misuse is detected as by the inner allocator", () => {
    const heap = tinyHeap({ parent: pages(memoryForPrograms()) });
    const watched = watch(heap);
    expect(watched.detects).toBe(heap.detects);
    const layout = Layout.of(40);
    const ptr = orThrow(watched.allocate(layout), layout);
    expect(codeThrown(() => watched.deallocate(ptr, Layout.of(400)))).toBe("wrong-layout");
    expect(codeThrown(() => watched.deallocate((ptr + 8) as Ptr, layout))).toBe("interior-pointer");
    watched.deallocate(ptr, layout);
    expect(codeThrown(() => watched.deallocate(ptr, layout))).toBe("double-free");
    expect(codeThrown(() => watched.grow(ptr, layout, Layout.of(400)))).toBe("double-free");
  });

  test("a block requested zeroed is zero, also by a grow from size 0", () => {
    const memory = Memory.linear({ maximum: 2 ** 20 });
    const watched = watch(freeList(64, { blocks: 1, parent: pages(memory) }));
    const [empty, layout] = [Layout.of(0), Layout.of(40)];
    const calls = [() => watched.allocateZeroed(layout), () => watched.growZeroed(empty.dangling, empty, layout)];
    for (const call of calls) {
      const ptr = orThrow(call(), layout);
      expect(memory.view(Uint8Array, ptr, 64)).toEqual(new Uint8Array(64));
      memory.fill(ptr, 64, 0x5a);
      watched.deallocate(ptr, layout);
    }
  });

  test("the footprint is the one reported by the inner allocator, not the sum of its leaves", () => {
    const footprint = { held: 1, bookkeeping: 2, peak: 3 };
    const memory = memoryForPrograms();
    const inner = fallback(nullAllocator(memory), nullAllocator(memory));
    expect(watch(Object.assign(inner, { footprint: () => footprint })).footprint()).toBe(footprint);
  });

  test("it disposes the inner allocator with itself, but not a lent one", () => {
    const heap = tinyHeap({ parent: pages(memoryForPrograms()) });
    watch(heap.byRef()).dispose();
    expect(heap.usableSize(Layout.of(8))).toBe(8);
    watch(heap).dispose();
    expect(codeThrown(() => heap.usableSize(Layout.of(8)))).toBe("disposed");
  });

  test("it is a member of the chain, between its neighbours", () => {
    const list = freeList(64, { blocks: 1, parent: pages(memoryForPrograms()) });
    const watched = watch(list);
    expect(watched.inner === list || watched.inner.children[0] === list).toBe(true);
    const kinds = watched.describe().nodes.map(({ kind }) => kind);
    expect(kinds.slice(-2)).toEqual(["freeList", "pages"]);
    expect(["proxy", "stats", "leaks"]).toContain(kinds[0]);
  });

  test("it may be first in a fallback", () => {
    const parent = pages(memoryForPrograms());
    const chain = fallback(watch(freeList(64, { blocks: 1, parent })), tinyHeap({ parent }));
    const layout = Layout.of(64);
    const [first, second] = [orThrow(chain.allocate(layout), layout), orThrow(chain.allocate(layout), layout)];
    expect([chain.primary.owns(first), chain.primary.owns(second)]).toEqual([true, false]);
    chain.deallocate(first, layout);
    expect(chain.allocate(layout)).toBe(first);
  });

  test("a fallback sees through it which chunks come from which allocator", () => {
    const heap = tinyHeap({ parent: pages(memoryForPrograms()) });
    const watched = watch(heap);
    const list = freeList(64, { blocks: 1, parent: watched });
    expect(codeThrown(() => fallback(watched, watch(list)))).toBe("misroute");
    const elsewhere = watch(nullAllocator(memoryForPrograms()));
    expect(codeThrown(() => fallback(watched, elsewhere))).toBe("other-memory");
  });
});
