import { takeAllocErrorHook } from "@alloc/global/compat";
import * as std from "@alloc/std";
import { expect, test } from "vitest";
import { PACKAGES, readManifest } from "../../../checks/support/packages.ts";

/** Packages that are not for programs. */
const LEFT_OUT = ["@alloc/std", "@alloc/testkit"];

/** The handles of `@alloc/owned`, bound to an allocator. */
const BOUND = ["Box", "Columns", "RawVec", "Rc", "Vec"];

test("has every package of the repository except the testkit", () => {
  const std = PACKAGES.find(({ name }) => name === "std")!;
  const others = PACKAGES.map(({ manifest }) => manifest.name).filter((name) => !LEFT_OUT.includes(name));
  expect(Object.keys(readManifest(std.folder).dependencies ?? {})).toEqual(others);
});

test("has every name of each of them, with the same value", async () => {
  const names = new Map<string, unknown>();
  for (const { manifest } of PACKAGES.filter(({ manifest }) => !LEFT_OUT.includes(manifest.name))) {
    for (const [name, value] of Object.entries(await import(manifest.name))) {
      expect(names.get(name) ?? value, `two packages have another ${name} each`).toBe(value);
      names.set(name, value);
      if (!BOUND.includes(name)) expect((std as Record<string, unknown>)[name], name).toBe(value);
    }
  }
  expect(Object.keys(std).sort()).toEqual([...names.keys()].sort());
});

test("has the handles bound to Global, and they accept another allocator", () => {
  const { Box, f64, RawVec, Rc, System, system, Vec } = std;
  using heap = system();
  const made = [Box.new(f64, 1), Rc.new(f64, 1), RawVec.new(f64), Vec.new(f64)];
  const elsewhere = [Box.new(f64, 1, heap), Rc.new(f64, 1, heap), RawVec.new(f64, heap), Vec.new(f64, heap)];
  expect(made.map(({ allocator }) => allocator === System)).toEqual(made.map(() => true));
  expect(elsewhere.map(({ allocator }) => allocator === heap)).toEqual(elsewhere.map(() => true));
  for (const handle of [...made, ...elsewhere]) handle.dispose();
});

test("a handle stays with the allocator behind Global when it was made", () => {
  const { Box, Global, Layout, overrideGlobalAllocator, Rc, RawVec, stats, System, system, u32, Vec } = std;
  using own = stats(system());
  const end = overrideGlobalAllocator(own);
  const box = Box.new(u32, 1);
  const rc = Rc.new(u32, 2);
  const vec = Vec.from(u32, [1, 2, 3]);
  const raw = RawVec.withCapacity(u32, 10);
  const named = std.Box.new(u32, 4, Global);
  end[Symbol.dispose ?? (Symbol.for("Symbol.dispose") as typeof Symbol.dispose)]();
  vec.extend([4, 5, 6, 7, 8, 9]);
  raw.reserve(10, 1);
  expect([box.get(), rc.clone().get(), [...vec], named.get()]).toEqual([1, 2, [1, 2, 3, 4, 5, 6, 7, 8, 9], 4]);
  expect([box, rc, vec, raw, named].map(({ allocator }) => allocator === own)).toEqual([true, true, true, true, true]);
  for (const handle of [box, vec, raw, named]) handle.dispose();
  expect(own.counters.numLive).toBe(1);
  const ptr = Global.allocate(Layout.of(40, 4));
  if (ptr !== 0) Global.deallocate(ptr, Layout.of(40, 4));
  System.check();
});

test("without room for a handle, the realm's hook runs", () => {
  const { array, Box, limit, overrideGlobalAllocator, setAllocErrorHook, system, u32, Vec } = std;
  using heap = limit(system(), 2000);
  const end = overrideGlobalAllocator(heap);
  const sizes: number[] = [];
  setAllocErrorHook(({ size }) => sizes.push(size));
  try {
    expect(() => Box.new(array(u32, 1000), new Array(1000).fill(1))).toThrow("memory allocation of 4000 bytes failed");
    expect(() => Vec.withCapacity(u32, 600)).toThrow("for the capacity of Vec.withCapacity");
    using vec = Vec.from(u32, [1]);
    expect(() => vec.reserve(700)).toThrow("for a Vec that grows");
    expect(sizes).toEqual([4000, 2400, 2804]);
  } finally {
    takeAllocErrorHook();
    end[Symbol.dispose ?? (Symbol.for("Symbol.dispose") as typeof Symbol.dispose)]();
  }
});
