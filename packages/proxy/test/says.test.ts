import { Layout, Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { proxy, stats } from "@alloc/proxy";
import { expect, test } from "vitest";

const heap = () => system({ parent: pages(Memory.linear({ maximum: 2 ** 20 })) });

test("String(counters) is their table, and they have no other key", () => {
  const counting = stats(heap());
  counting.allocate(Layout.of(40));
  expect(String(counting.counters)).toBe(String(counting));
  expect(Object.keys(counting.counters)).not.toContain("toString");
});

test("no hook is blamed for a release of NaN", () => {
  const told = proxy(heap(), { deallocate() {} });
  expect(() => told.deallocate(Number.NaN as never, Layout.of(8))).toThrow(/^(?!.*hook)/s);
});
