// @module-tag alone
import { fallback } from "@alloc/combinators";
import { can, defaultMemory, Layout, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { System, system } from "@alloc/global";
import { describe, expect, test, vi } from "vitest";
import { take } from "./support.ts";

const realm = globalThis as { [key: symbol]: { system?: unknown; memory?: unknown } | undefined };
const GLOBAL = Symbol.for("@alloc/global:2");
const CORE = Symbol.for("@alloc/core:2");
const layout = Layout.of(24);

/** Evaluates the package and its imports once more. */
async function anotherCopy(): Promise<typeof System> {
  vi.resetModules();
  const copy = await import("@alloc/global");
  expect(copy.System === System).toBe(false);
  return copy.System;
}

test("System is made when it is first used, and so is the default memory", () => {
  expect([realm[GLOBAL]?.system, realm[CORE]?.memory]).toEqual([undefined, undefined]);
  take(System, layout);
  expect(realm[GLOBAL]?.system).toBeDefined();
  expect(System.memory).toBe(defaultMemory());
});

describe("another copy of the package", () => {
  test("has the same heap: it releases blocks of this one, and hands them out again", async () => {
    const copy = await anotherCopy();
    const ptr = take(System, layout);
    expect([copy.owns(ptr), copy.sizeAt(ptr)]).toEqual([true, 24]);
    copy.deallocate(ptr, layout);
    expect(copy.allocate(layout)).toBe(ptr);
    System.deallocate(ptr, layout);
    expect(copy.footprint()).toEqual(System.footprint());
  });

  test("makes the heap for all others, if it is the first one used", async () => {
    const known = realm[GLOBAL];
    delete realm[GLOBAL];
    const [first, second] = [await anotherCopy(), await anotherCopy()];
    const ptr = take(first, layout);
    expect([second.owns(ptr), second.sizeAt(ptr)]).toEqual([true, 24]);
    expect(second.children[0]).toBe(first.children[0]);
    realm[GLOBAL] = known;
  });
});

describe("System", () => {
  test("works after dispose as before", () => {
    const ptr = take(System, layout);
    System.dispose();
    System[Symbol.dispose]();
    expect(System.sizeAt(ptr)).toBe(24);
    System.deallocate(ptr, layout);
  });

  test("has no reset, nor has its byRef", () => {
    expect([can(System, "reset"), can(System.byRef(), "reset")]).toEqual([false, false]);
  });

  test("has every other capability of a heap", () => {
    const capabilities = ["owns", "resizeInPlace", "sizeAt", "check", "trim"] as const;
    expect(capabilities.filter((capability) => !can(System, capability))).toEqual([]);
    const ptr = take(System, Layout.of(2000));
    expect(System.resizeInPlace(ptr, Layout.of(2000), Layout.of(4000))).toBe(true);
    System.deallocate(ptr, Layout.of(4000));
    System.trim();
    System.check();
  });

  test("detects the misuse that a heap detects", () => {
    expect([...System.detects]).toEqual([...system().detects]);
    const large = Layout.of(5000);
    const ptr = take(System, large);
    System.deallocate(ptr, large);
    expect(() => System.deallocate(ptr, large)).toThrow(expect.objectContaining({ code: "double-free" }));
  });

  test("serves size 0 without a block", () => {
    const before = System.footprint();
    expect(System.allocate(Layout.of(0, 64))).toBe(2 ** 32 - 64);
    expect(System.footprint()).toEqual(before);
  });

  test("its description has its name, its heap and the root", () => {
    const { nodes, root } = structuredClone(System.describe());
    const [door] = [nodes[root]!];
    const heap = nodes[door.children[0]!]!;
    expect([door.kind, heap.kind, nodes[heap.parent!]!.kind]).toEqual(["System", "system", "pages"]);
  });

  test("can be part of a fallback, serves requests without room in the first, and outlives it", () => {
    const chain = fallback(freeList(64, { blocks: 1 }), System);
    const [first, second] = [take(chain, layout), take(chain, layout)];
    expect([System.owns(first), System.owns(second)]).toEqual([false, true]);
    chain.deallocate(second, layout);
    chain.deallocate(first, layout);
    chain.dispose();
    System.deallocate(take(System, layout), layout);
  });

  test("can be a parent: its chunks come back", () => {
    System.trim();
    const list = freeList(64, { blocks: 100, parent: System });
    const heap = system({ parent: System });
    const [inList, inHeap] = [take(list, layout), take(heap, Layout.of(5000))];
    expect([System.owns(inList), System.owns(inHeap), list.owns(inHeap)]).toEqual([true, true, false]);
    list.dispose();
    heap.dispose();
    System.check();
    expect(() => System.sizeAt(inList as Ptr)).toThrow(/no block is live/);
  });
});
