import { inspect } from "node:util";
import { Layout, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { stats } from "@alloc/proxy";
import { expect, test } from "vitest";
import { memoryForPrograms } from "./support/program.ts";

const heap = () => stats(system({ parent: pages(memoryForPrograms()) }));

test("every counter has a row with its name and its number, with separators", () => {
  const allocator = heap();
  for (let count = 0; count < 1200; count++) allocator.allocate(Layout.of(16));
  const rows = inspect(allocator)
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  const { numBySize: _sizes, ...counts } = allocator.counters;
  for (const name of Object.keys(counts)) expect(rows.filter(([label]) => label === name).length).toBe(1);
  expect(rows).toContainEqual(["numAllocate", "1,200"]);
  expect(rows).toContainEqual(["bytesLive", "19,200"]);
});

test("requested sizes are bars, the longest of 40 characters, and each is long enough to be visible", () => {
  const allocator = heap();
  for (let count = 0; count < 1000; count++) allocator.allocate(Layout.of(16));
  for (let count = 0; count < 500; count++) allocator.allocate(Layout.of(20));
  allocator.allocate(Layout.of(2000));
  const bars = inspect(allocator).split("requests of up to\n")[1]!.split("\n");
  expect(bars.map((bar) => bar.trim().split(/\s+/))).toEqual([
    ["16", "bytes", "1,000", "█".repeat(40)],
    ["32", "bytes", "500", "█".repeat(20)],
    ["2,048", "bytes", "1", "█"],
  ]);
  expect(new Set(bars.map((bar) => bar.indexOf(" bytes"))).size).toBe(1);
});

test("all numbers end in one column", () => {
  const allocator = heap();
  allocator.allocate(Layout.of(2 ** 31));
  const rows = inspect(allocator).replace("requests of up to\n", "").replaceAll(/ +█+$/gm, "").split("\n");
  expect(new Set(rows.map((row) => row.length)).size).toBe(1);
});

test("a stats without counts has no bars, and a disposed one prints its last counts", () => {
  const allocator = heap();
  expect(inspect(allocator)).not.toContain("requests");
  allocator.allocate(Layout.of(16));
  const before = inspect(allocator);
  allocator.dispose();
  expect(inspect(allocator)).toBe(before);
});
