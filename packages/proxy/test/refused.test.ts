/** What a watcher refuses, it refuses in the words of the bare heap, and no hook hears of it. */
import { type Can, type Capability, Layout, type Ptr } from "@alloc/core";
import { guard, leaks, proxy, stats, tree } from "@alloc/proxy";
import { describe, expect, test } from "vitest";
import { heap, recorder, small, take } from "./support/fixtures.ts";

type Watched = Can<Capability>;

const WATCHERS: Record<string, (inner: Watched) => Watched> = {
  proxy: (inner) => proxy(inner, recorder().logger),
  stats: (inner) => stats(inner) as Watched,
  leaks: (inner) => leaks(inner) as Watched,
  guard: (inner) => guard(inner) as unknown as Watched,
};

const NOT_LAYOUTS = {
  nothing: null,
  "a number": 40,
  "an align of 0": { size: 40, align: 0 },
} as unknown as Record<string, Layout>;
const ALIGN_3 = { size: 40, align: 3 } as Layout;

/** Calls with something that is no layout. */
const CALLS: Record<string, (allocator: Watched, ptr: Ptr, wrong: Layout) => unknown> = {
  usableSize: (allocator, _ptr, wrong) => allocator.usableSize(wrong),
  allocate: (allocator, _ptr, wrong) => allocator.allocate(wrong),
  allocateZeroed: (allocator, _ptr, wrong) => allocator.allocateZeroed(wrong),
  deallocate: (allocator, ptr, wrong) => allocator.deallocate(ptr, wrong),
  grow: (allocator, ptr, wrong) => allocator.grow(ptr, wrong, Layout.of(80)),
  growZeroed: (allocator, ptr, wrong) => allocator.growZeroed(ptr, small, wrong),
  shrink: (allocator, ptr, wrong) => allocator.shrink(ptr, small, wrong),
  resizeInPlace: (allocator, ptr, wrong) => allocator.resizeInPlace(ptr, small, wrong),
};

/** Returns the name and the message of the error that a call throws. */
function said(call: () => unknown): string {
  try {
    return `returned ${call()}`;
  } catch (error) {
    return String(error);
  }
}

describe.each(Object.entries(WATCHERS))("%s", (_name, watch) => {
  test.each(Object.keys(CALLS).flatMap((call) => Object.keys(NOT_LAYOUTS).map((wrong) => [call, wrong] as const)))(
    "%s with %s is refused in the words of the heap",
    (call, wrong) => {
      const bare = heap() as unknown as Watched;
      const watched = watch(heap() as unknown as Watched);
      const layout = NOT_LAYOUTS[wrong]!;
      const expected = said(() => CALLS[call]!(bare, take(bare, small), layout));
      expect(expected).toContain(`${call} expects a Layout, got `);
      expect(said(() => CALLS[call]!(watched, take(watched, small), layout))).toBe(expected);
    },
  );
});

test.each(["leaks", "guard"].flatMap((name) => Object.keys(CALLS).map((call) => [name, call] as const)))(
  "%s names the call, %s, that got an align of 3",
  (name, call) => {
    const watched = WATCHERS[name]!(heap() as unknown as Watched);
    const ptr = take(watched, small);
    expect(said(() => CALLS[call]!(watched, ptr, ALIGN_3))).toContain(`: ${call} expects a Layout, got `);
  },
);

test.each(Object.keys(CALLS))("no hook hears of %s without a layout", (call) => {
  const { told, logger } = recorder();
  const watched = proxy(heap() as unknown as Watched, logger);
  const ptr = take(watched, small);
  told.length = 0;
  for (const wrong of Object.values(NOT_LAYOUTS)) said(() => CALLS[call]!(watched, ptr, wrong));
  expect(told).toEqual([]);
});

describe.each([
  ["proxy", (...given: never[]) => (proxy as (...given: unknown[]) => unknown)(given[0], {}, ...given.slice(1))],
  ["stats", stats],
  ["leaks", leaks],
  ["guard", guard],
] as [name: string, make: (...given: unknown[]) => unknown][])("%s", (name, make) => {
  test.each([5, null, {}])("of %s is refused with what to write", (wrong) => {
    expect(() => make(wrong)).toThrow(new RegExp(`^${name} expects .*: write ${name}\\(allocator`));
  });

  test("with options that are no object is refused with what to write", () => {
    expect(() => make(heap(), 5)).toThrow(new RegExp(`^${name} expects .*got 5.*${name}\\(allocator.*\\{ `));
  });

  test("with an unknown option is refused with the known ones", () => {
    expect(() => make(heap(), { nam: "requests" })).toThrow(
      new RegExp(
        `^${name} expects the options? .*\\bname\\b, got "nam"|^${name} expects the options .*name.*got "nam"`,
      ),
    );
  });

  test("with a name has it", () => {
    expect(tree(make(heap(), { name: "requests" }) as Watched)).toContain(JSON.stringify("requests"));
  });
});

test.each([5, null, undefined, {}])("tree of %s is refused with what to write", (wrong) => {
  expect(() => tree(wrong as never)).toThrow(/^tree expects .*: write tree\(allocator\)/);
});

test("a misspelt hook is refused with the names of all hooks", () => {
  const hooks = { allocateSucess() {} } as never;
  expect(() => proxy(heap(), hooks)).toThrow(/^proxy expects the options allocateSuccess, .*got "allocateSucess"/);
});

test("a class with static hooks is a logger", () => {
  class Count {
    static taken = 0;
    static allocateSuccess(): void {
      Count.taken++;
    }
  }
  take(proxy(heap(), Count), small);
  expect(Count.taken).toBe(1);
});
