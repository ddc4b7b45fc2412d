/** Values that are not layouts: every method of a scope names itself and throws, with room and without, and nothing changes. */
import { Layout } from "@alloc/core";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { expectNamed, LAYOUT_CALLS } from "../../../checks/support/no-layouts.ts";
import { root, take } from "./support.ts";

const block = Layout.of(64);

describe.each(Object.keys(LAYOUT_CALLS))("%s", (name) => {
  test.each([64, 256])("names itself for a value that is no layout, with a block of 64 in %i bytes", (bytes) => {
    const region = scoped(bytes, { parent: root() });
    const ptr = take(region, 64);
    const { words } = region as unknown as { words: Float64Array };
    const before = [...words];
    expectNamed(name, region, ptr, block);
    expect([...words]).toEqual(before);
    region.deallocate(ptr, block);
    region.check();
  });
});

test.each([
  ["a parent", { parent: 5 as never }, "scoped(bytes, { parent: pages(memory) })"],
  ["grow", { grow: "yes" as never }, "scoped(bytes, { grow: true })"],
])("%s of the wrong type is refused with the call to write", (_what, options, call) => {
  expect(() => scoped(256, { parent: root(), ...options })).toThrow(call);
});
