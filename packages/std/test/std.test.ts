import * as std from "@alloc/std";
import { expect, test } from "vitest";
import { PACKAGES, readManifest } from "../../../checks/support/packages.ts";

/** Those that are not for programs. */
const LEFT_OUT = ["@alloc/std", "@alloc/testkit"];

/** The handles, which are those of `@alloc/owned` but know an allocator. */
const BOUND = ["Box", "RawVec", "Rc", "Vec"];

test("holds every package of the repository but the testkit", () => {
  const std = PACKAGES.find(({ name }) => name === "std")!;
  const others = PACKAGES.map(({ manifest }) => manifest.name).filter((name) => !LEFT_OUT.includes(name));
  expect(Object.keys(readManifest(std.folder).dependencies ?? {})).toEqual(others);
});

test("has every name of each of them, and it is the same thing", async () => {
  const names = new Set<string>();
  for (const { manifest } of PACKAGES.filter(({ manifest }) => !LEFT_OUT.includes(manifest.name))) {
    for (const [name, value] of Object.entries(await import(manifest.name))) {
      expect(names.has(name), `two packages have ${name}`).toBe(false);
      names.add(name);
      if (!BOUND.includes(name)) expect((std as Record<string, unknown>)[name], name).toBe(value);
    }
  }
  expect(Object.keys(std).sort()).toEqual([...names].sort());
});

test("has the handles bound to Global, and they take another allocator too", () => {
  const { Box, f64, Global, RawVec, Rc, system, Vec } = std;
  using heap = system();
  const made = [Box.new(f64, 1), Rc.new(f64, 1), RawVec.new(f64), Vec.new(f64)];
  const elsewhere = [Box.new(f64, 1, heap), Rc.new(f64, 1, heap), RawVec.new(f64, heap), Vec.new(f64, heap)];
  expect(made.map(({ allocator }) => allocator)).toEqual(made.map(() => Global));
  expect(elsewhere.map(({ allocator }) => allocator === heap)).toEqual(elsewhere.map(() => true));
  for (const handle of [...made, ...elsewhere]) handle.dispose();
});
