/**
 * Random programs of legal and illegal releases, through every method, against a model.
 *
 * @module
 */
import { type Allocator, type Capabilities, Layout, type Ptr, toMalloc } from "@alloc/core";
import { system, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, KiB, overlaps, RUNS, take, wordsOf } from "./support.ts";

type Heap = Allocator & Pick<Capabilities, "owns" | "sizeAt" | "resizeInPlace" | "check" | "trim" | "reset">;

const SIZES = [1, 8, 24, 24, 24, 40, 64, 200, 256, 1000, 1024, 1025, 3000, 20_000];
const anySize = fc.constantFrom(...SIZES);
/** The origin of an address: a block that is or was live; an offset inside one; or anywhere. */
const anyPlace = fc.oneof(
  { weight: 6, arbitrary: fc.record({ live: fc.nat(), offset: fc.constantFrom(0, 0, 0, 1, 4, 8, 16, 24, 512) }) },
  { weight: 6, arbitrary: fc.record({ dead: fc.nat(), offset: fc.constantFrom(0, 0, 0, 8) }) },
  { weight: 2, arbitrary: fc.record({ at: fc.nat(600 * KiB) }) },
  { weight: 2, arbitrary: fc.record({ at: fc.constantFrom(0, -8, 1.5, Number.NaN, 2 ** 32 + 65536, 2 ** 32 - 8) }) },
);
const ENTRIES = ["deallocate", "grow", "shrink", "resizeInPlace", "free", "realloc"] as const;
const anyStep = fc.oneof(
  { weight: 5, arbitrary: fc.record({ get: anySize, times: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 5, arbitrary: fc.record({ put: fc.nat(), times: fc.integer({ min: 1, max: 12 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({ place: anyPlace, size: anySize, sameSize: fc.boolean(), by: fc.constantFrom(...ENTRIES) }),
  },
  { weight: 1, arbitrary: fc.constant({ trim: true as const }) },
);
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;
type Place = typeof anyPlace extends fc.Arbitrary<infer P> ? P : never;

/** A heap between two blocks of other allocators, and its live blocks. */
function start(make: (parent: Allocator) => Heap) {
  const root = addresses(600 * KiB);
  take(root, Layout.of(4 * KiB));
  const heap = make(root);
  const c = toMalloc(heap, 8);
  const live = new Map<number, Layout>();
  const dead = new Map<number, Layout>();
  const placeOf = (place: Place): number => {
    if ("at" in place) return place.at;
    const pool = [...("live" in place ? live : dead).keys()];
    return (pool[("live" in place ? place.live : place.dead) % (pool.length || 1)] ?? 0) + place.offset;
  };
  /** Returns whether a call is one of a correct program, which the model then follows. */
  const isLegal = (ptr: number, layout: Layout, by: (typeof ENTRIES)[number]) => {
    const its = live.get(ptr);
    if (its === undefined) return false;
    return by === "free" || by === "realloc" || heap.usableSize(its) === heap.usableSize(layout);
  };
  const call = (ptr: Ptr, layout: Layout, by: (typeof ENTRIES)[number]): void => {
    if (by === "deallocate") heap.deallocate(ptr, layout);
    else if (by === "grow") heap.grow(ptr, layout, Layout.of(layout.size + 1));
    else if (by === "shrink") heap.shrink(ptr, layout, Layout.of(Math.ceil(layout.size / 2)));
    else if (by === "resizeInPlace") heap.resizeInPlace(ptr, layout, Layout.of(layout.size + 1));
    else if (by === "free") c.free(ptr);
    else c.realloc(ptr, layout.size + 1);
  };
  return { root, heap, live, dead, placeOf, isLegal, call };
}

function run(make: (parent: Allocator) => Heap, steps: readonly Step[], isChecked: boolean): void {
  const { heap, live, dead, placeOf, isLegal, call } = start(make);
  for (const step of steps) {
    if ("get" in step) {
      for (let time = 0; time < step.times; time++) {
        const layout = Layout.of(step.get);
        const ptr = heap.allocate(layout);
        if (ptr === 0) break;
        const last = ptr + heap.usableSize(layout) - 1;
        expect([ptr, heap.owns(ptr), heap.owns(last as Ptr)]).toEqual([ptr, true, true]);
        if (isChecked) expect(live.has(ptr)).toBe(false);
        live.set(ptr, layout);
      }
    } else if ("put" in step) {
      for (const [ptr, layout] of [...live].slice(step.put % (live.size || 1)).slice(0, step.times)) {
        live.delete(ptr);
        dead.set(ptr, layout);
        if (isChecked) heap.deallocate(ptr as Ptr, layout);
        else attempt(() => heap.deallocate(ptr as Ptr, layout));
      }
    } else if ("trim" in step) heap.trim();
    else {
      const ptr = placeOf(step.place);
      const layout = (step.sameSize ? (live.get(ptr) ?? dead.get(ptr)) : undefined) ?? Layout.of(step.size);
      if (isLegal(ptr, layout, step.by) || (ptr === 0 && (step.by === "free" || step.by === "realloc"))) continue;
      if (!isChecked) attempt(() => call(ptr as Ptr, layout, step.by));
      else {
        const before = wordsOf(heap);
        expect(attempt(() => call(ptr as Ptr, layout, step.by))).toMatch(/^MisuseError: /);
        expect(wordsOf(heap)).toEqual(before);
      }
    }
  }
  if (isChecked) {
    heap.check();
    expect(overlaps([...live].map(([ptr, layout]) => [ptr, ptr + heap.usableSize(layout)] as const))).toBe(0);
    for (const [ptr, layout] of live) heap.deallocate(ptr as Ptr, layout);
    heap.trim();
    expect(heap.footprint().held).toBe(0);
  }
  heap.reset();
  heap.check();
}

function attempt(call: () => void): string {
  try {
    call();
    return "nothing";
  } catch (error) {
    return `${error}`;
  }
}

const SEEING: Record<string, (parent: Allocator) => Heap> = {
  "system({ checked: true })": (parent) => system({ parent, checked: true }),
  "tinyHeap()": (parent) => tinyHeap({ parent }),
};

describe.each(Object.entries(SEEING))("%s", (_, make) => {
  test("throws at every illegal release, and changes nothing", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => run(make, steps, true)),
      { ...RUNS, numRuns: 200 },
    );
  });
});

test("system(), whatever is released, hands out only addresses in its chunks, and ends each call", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => run((parent) => system({ parent }), steps, false)),
    { ...RUNS, numRuns: 200 },
  );
});

test("system() in separate chunks hands out nothing between them", () => {
  const root = addresses(2048 * KiB);
  const heap = system({ parent: root });
  const between: Ptr[] = [];
  for (let chunk = 0; chunk < 6; chunk++) {
    take(heap, Layout.of(64 * KiB - 64 - chunk));
    between.push(take(root, Layout.of(8 * KiB)));
  }
  const layout = Layout.of(24);
  const all = Array.from({ length: 100 }, () => take(heap, layout));
  for (const ptr of between) expect(attempt(() => heap.deallocate(ptr, layout))).toMatch(/does not lie in this heap/);
  for (const ptr of all) heap.deallocate(ptr, layout);
  expect(Array.from({ length: 200 }, () => take(heap, layout)).filter((ptr) => !heap.owns(ptr))).toEqual([]);
  heap.check();
});
