import { Allocator, type Capabilities, Layout, Memory, type Null, type Ptr, pages } from "@alloc/core";
import { nullPointer, requireLayout } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { FirstFit, plainHeap } from "./support/heaps.ts";
import { Stranger } from "./support/stranger.ts";
import { thrownBy } from "./support/thrown.ts";

const eight = Layout.of(8);
const sixteen = Layout.of(16);
const NIL = 0 as Ptr;
const FOREIGN = expect.objectContaining({ name: "MisuseError", code: "foreign-pointer" });

/** A class with only the two required methods and two capabilities; the rest is the base class's. */
class Two extends Allocator {
  override readonly memory = Memory.over(new ArrayBuffer(4096));
  readonly heap = new FirstFit(16, 4096);
  override allocate(layout: Layout): Ptr | Null {
    if (!(layout.size > 0)) {
      requireLayout(layout, "allocate");
      return layout.dangling;
    }
    return this.heap.take(layout.size, layout.align) as Ptr | Null;
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    requireLayout(layout, "deallocate");
    if (layout.size === 0) return;
    if (ptr === NIL) throw nullPointer("deallocate");
    this.heap.release(ptr);
  }
}

const MAKERS: [string, () => Allocator][] = [
  ["a class with the two methods", () => new Two()],
  ["Allocator.from", () => plainHeap().allocator],
  ["Allocator.from parts with every method", () => Allocator.from(new Stranger())],
  ["a lent allocator", () => plainHeap().allocator.byRef()],
  ["the root of a memory", () => pages(Memory.over(new ArrayBuffer(4096)))],
];

describe.each(MAKERS)("%s", (_, make) => {
  const calls: [string, (a: Allocator & Partial<Capabilities>) => unknown][] = [
    ["deallocate", (a) => a.deallocate(NIL, eight)],
    ["grow", (a) => a.grow(NIL, eight, sixteen)],
    ["growZeroed", (a) => a.growZeroed(NIL, eight, sixteen)],
    ["shrink", (a) => a.shrink(NIL, sixteen, eight)],
    ["shrink to 0", (a) => a.shrink(NIL, sixteen, Layout.of(0))],
    ["resizeInPlace", (a) => a.resizeInPlace?.(NIL, eight, sixteen)],
    ["sizeAt", (a) => a.sizeAt?.(NIL)],
  ];

  test("never accepts NULL as a block: it is a foreign pointer", () => {
    for (const [name, call] of calls) {
      const allocator = make() as Allocator & Partial<Capabilities>;
      if ((allocator as unknown as Record<string, unknown>)[name.split(" ")[0]!] === undefined) continue;
      expect(() => call(allocator), name).toThrow(FOREIGN);
    }
  });

  test("accepts NULL where there is no block: with size 0", () => {
    const allocator = make();
    const empty = Layout.of(0);
    expect(() => allocator.deallocate(NIL, empty)).not.toThrow();
    expect(allocator.grow(NIL, empty, eight)).not.toBe(NIL);
    expect(allocator.shrink(NIL, empty, empty)).toBe(empty.dangling);
  });

  test("refuses invalid layouts by a TypeError that shows the right call, and is unchanged", () => {
    const [a, ptr] = [make(), 64 as Ptr];
    for (const wrong of [64, "64", {}, { size: NaN, align: 8 }, []]) {
      const layout = wrong as Layout;
      const uses: [string, () => unknown][] = [
        ["allocate(", () => a.allocate(layout)],
        ["allocateZeroed(", () => a.allocateZeroed(layout)],
        ["deallocate(ptr, ", () => a.deallocate(ptr, layout)],
        ["grow(ptr, ", () => a.grow(ptr, layout, sixteen)],
        ["grow(ptr, ", () => a.grow(ptr, eight, layout)],
        ["growZeroed(ptr, ", () => a.growZeroed(ptr, eight, layout)],
        ["(ptr, ", () => a.shrink(ptr, layout, eight)],
      ];
      for (const [shown, use] of uses) {
        const error = thrownBy(use) as Error;
        expect(error, shown).toBeInstanceOf(TypeError);
        expect(error.message).toContain(` expects a Layout, got `);
        expect(error.message).toContain(`${shown}Layout.of(`);
      }
    }
    expect(a.allocate(eight)).not.toBe(NIL);
  });
});

test("parts never see NULL, size 0, or invalid layouts", () => {
  const parts = new Stranger();
  const allocator = Allocator.from(parts);
  const wrong = 64 as unknown as Layout;
  const empty = Layout.of(0);
  for (const ptr of [NIL, 64 as Ptr]) {
    for (const [from, to] of [
      [wrong, eight],
      [eight, wrong],
      ...(ptr === NIL ? [[eight, eight]] : []),
      [empty, empty],
    ]) {
      for (const call of ["grow", "growZeroed", "shrink", "resizeInPlace"] as const) {
        thrownBy(() => allocator[call](ptr, from!, to!));
      }
    }
  }
  thrownBy(() => allocator.sizeAt(NIL));
  for (const layout of [wrong, empty]) {
    for (const call of ["allocate", "allocateZeroed", "usableSize"] as const) thrownBy(() => allocator[call](layout));
    for (const ptr of [NIL, 64 as Ptr]) thrownBy(() => allocator.deallocate(ptr, layout));
  }
  expect(parts.calls).toEqual([]);
});

test("a root refuses invalid layouts in all of its methods", () => {
  const root = pages(Memory.over(new ArrayBuffer(4096)));
  const ptr = root.allocate(Layout.of(64)) as Ptr;
  const wrong = 64 as unknown as Layout;
  const uses = [
    () => root.usableSize(wrong),
    () => root.resizeInPlace(ptr, wrong, eight),
    () => root.resizeInPlace(ptr, eight, wrong),
  ];
  for (const use of uses) expect(use).toThrow(TypeError);
  expect(root.footprint().held).toBe(64);
});

describe("requireLayout", () => {
  const saidOf = (value: unknown, call = "allocate") => (thrownBy(() => requireLayout(value, call)) as Error)?.message;

  test("accepts every layout by its numbers, also one of another copy of this package", () => {
    for (const layout of [eight, Layout.of(0, 1), Layout.of(2 ** 32 - 1, 1), { size: 8, align: 8 }]) {
      expect(saidOf(layout)).toBeUndefined();
    }
  });

  test.each([
    [64, "allocate", "allocate expects a Layout, got 64: write allocate(Layout.of(64))"],
    [64, "deallocate", "deallocate expects a Layout, got 64: write deallocate(ptr, Layout.of(64))"],
    [undefined, "allocate", "allocate expects a Layout, got undefined: write allocate(Layout.of(size))"],
    [null, "grow", "grow expects a Layout, got null: write grow(ptr, Layout.of(size))"],
    ["8", "allocateZeroed", 'allocateZeroed expects a Layout, got "8": write allocateZeroed(Layout.of(size))'],
    [{ size: 24 }, "allocate", "allocate expects a Layout, got an object: write allocate(Layout.of(24))"],
    [-1, "allocate", "allocate expects a Layout, got -1: write allocate(Layout.of(size))"],
    [2n, "allocate", "allocate expects a Layout, got 2n: write allocate(Layout.of(size))"],
    [Symbol("x"), "allocate", "allocate expects a Layout, got Symbol(x): write allocate(Layout.of(size))"],
  ])("of %s says what %s got, and what to write", (value, call, message) => {
    expect(saidOf(value, call)).toBe(message);
  });

  test("shortens large values", () => {
    for (const value of ["x".repeat(1e8), Array(1e6), 10n ** 1000n, { constructor: { name: "x".repeat(1e6) } }]) {
      expect(saidOf(value)!.length).toBeLessThan(200);
    }
  });
});
