import { type Allocator, type Capability, can, Layout, Memory, orThrow, pages } from "@alloc/core";
import { checkAllocator, restless } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { Reference } from "./reference.ts";

const root = () => pages(Memory.linear({ maximum: 2 ** 22 }));
const link = Layout.of(4);
const more = Layout.of(400);

test("a store through a view made before a request is lost on the first try", () => {
  using heap = restless(new Reference(root()));
  const { memory } = heap;
  const ptr = orThrow(heap.allocateZeroed(link), link);
  const view = memory.u32;
  view[ptr / 4] = orThrow(heap.allocate(link), link);
  expect(memory.u32[ptr / 4]).toBe(0);
});

test("memory.store is not", () => {
  using heap = restless(new Reference(root()));
  const ptr = orThrow(heap.allocateZeroed(link), link);
  heap.memory.store(Uint32Array, ptr, orThrow(heap.allocate(link), link));
  expect(heap.memory.load(Uint32Array, ptr)).toBeGreaterThan(0);
});

describe("every view is stale after", () => {
  const calls: Record<string, (heap: Reference, ptr: never) => unknown> = {
    allocate: (heap) => heap.allocate(link),
    allocateZeroed: (heap) => heap.allocateZeroed(link),
    grow: (heap, ptr) => heap.grow(ptr, link, more),
    growZeroed: (heap, ptr) => heap.growZeroed(ptr, link, more),
    shrink: (heap, ptr) => heap.shrink(ptr, link, Layout.of(2)),
    resizeInPlace: (heap, ptr) => heap.resizeInPlace(ptr, link, Layout.of(5)),
  };
  test.each(Object.entries(calls))("%s", (_name, call) => {
    using heap = restless(new Reference(root()));
    const ptr = orThrow(heap.allocate(link), link);
    const { u8, f64 } = heap.memory;
    call(heap as unknown as Reference, ptr as never);
    expect([u8.length, f64.length]).toEqual([0, 0]);
  });
});

test("it uses no memory", () => {
  using heap = restless(new Reference(root()));
  const before = heap.memory.byteLength;
  for (let count = 0; count < 10_000; count++) heap.deallocate(orThrow(heap.allocate(link), link), link);
  expect(heap.memory.byteLength).toBe(before);
});

test("an allocator that keeps every rule does so in a restless memory too", async () => {
  const parent = root();
  const { violations } = await checkAllocator((over) => restless(new Reference(over)), {
    parent,
    programs: 50,
    skip: { "1.7": "its own memories of the kit have no pages", "9.7": "so", "9.8": "so" },
  });
  expect(violations).toEqual([]);
});

test("an allocator that keeps a view of its memory is found", async () => {
  class KeepsAView extends Reference {
    readonly view = this.memory.u8;
    override deallocate(ptr: never, layout: Layout): void {
      super.deallocate(ptr, layout);
      if (layout.size > 0 && this.view[ptr] === undefined) throw new Error("nothing is there");
    }
  }
  const parent = root();
  const report = await checkAllocator(() => restless(new KeepsAView(parent)), { programs: 5, seed: 1 });
  expect(report.violations.map(({ message }) => message).join()).toContain("nothing is there");
});

test("it has the capabilities of its argument", () => {
  const capabilities: Capability[] = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim", "blocks"];
  const heap: Allocator = new Reference(root());
  const over: Allocator = restless(heap);
  expect(capabilities.filter((capability) => can(over, capability))).toEqual(capabilities);
  const plain: Allocator = restless(root().byRef());
  expect(capabilities.filter((capability) => can(plain, capability))).toEqual(["owns", "resizeInPlace", "check"]);
});

test("for a memory it is its root", () => {
  const memory = Memory.linear({ maximum: 2 ** 22 });
  const { u8 } = memory;
  expect(restless(memory).allocate(link)).toBeGreaterThan(0);
  expect(u8.length).toBe(0);
});

describe("it throws a TypeError over a memory whose views never go stale", () => {
  test.each([
    ["an ArrayBuffer", Memory.over(new ArrayBuffer(65536)), "got ArrayBuffer"],
    ["a shared memory", Memory.linear({ maximum: 65536 * 4, shared: true }), "got a shared memory"],
    ["addresses alone", Memory.virtual(65536), "got Object"],
  ])("%s", (_what, memory, message) => {
    expect(() => restless(memory)).toThrow(TypeError);
    expect(() => restless(memory)).toThrow(message);
  });
});
