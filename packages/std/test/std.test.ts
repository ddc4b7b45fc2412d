import * as std from "@alloc/std";
import { expect, test } from "vitest";
import { PACKAGES, readManifest } from "../../../checks/support/packages.ts";

/** Those that are not for programs. */
const LEFT_OUT = ["@alloc/std", "@alloc/testkit"];

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
      expect((std as Record<string, unknown>)[name], name).toBe(value);
    }
  }
  expect(Object.keys(std).sort()).toEqual([...names].sort());
});
