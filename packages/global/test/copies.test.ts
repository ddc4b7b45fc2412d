// @module-tag alone
import { Layout } from "@alloc/core";
import { describe, expect } from "vitest";
import { anotherCopy, errorOf, targetOf, test } from "./realm.ts";
import { bytes, take } from "./support.ts";

const layout = Layout.of(24);

describe("two copies of the package", () => {
  test("are separate", async ({ copy }) => {
    const other = await anotherCopy();
    expect([other.Global === copy.Global, other.setGlobalAllocator === copy.setGlobalAllocator]).toEqual([
      false,
      false,
    ]);
  });

  test("forward to the allocator registered in one of them", async ({ copy }) => {
    const other = await anotherCopy();
    const heap = copy.system({ parent: bytes() });
    copy.setGlobalAllocator(heap);
    const ptr = take(other.Global, layout);
    expect(heap.sizeAt(ptr)).toBe(24);
    copy.dealloc(ptr, layout);
    expect(other.alloc(layout)).toBe(ptr);
  });

  test("share one registration: a second one in the other copy is refused, with the trace of the first", async ({
    copy,
  }) => {
    const other = await anotherCopy();
    (function theProgram() {
      copy.setGlobalAllocator(copy.system());
    })();
    const error = errorOf(() => other.setGlobalAllocator(other.system()));
    expect(error).toMatchObject({ name: "GlobalAllocatorError", code: "already-registered" });
    expect(error.cause?.stack).toContain("theProgram");
  });

  test("share one first use", async ({ copy }) => {
    const other = await anotherCopy();
    take(copy.Global, layout);
    expect(errorOf(() => other.setGlobalAllocator(other.system())).code).toBe("already-used");
  });

  test("share one System: a block of one Global can be released by the other, and by either System", async ({
    copy,
  }) => {
    const other = await anotherCopy();
    const large = Layout.of(5000);
    const [first, second] = [take(copy.Global, large), take(other.Global, large)];
    expect([other.System.sizeAt(first), copy.System.sizeAt(second)]).toEqual([5056, 5056]);
    other.Global.deallocate(first, large);
    copy.System.deallocate(second, large);
    expect(copy.System.children[0] === other.System.children[0]).toBe(true);
    expect(errorOf(() => copy.System.sizeAt(first)).message).toMatch(/no block is live/);
  });

  test("share one stack of overrides", async ({ copy }) => {
    const other = await anotherCopy();
    const [outer, inner] = [copy.system({ parent: bytes() }), other.system({ parent: bytes() })];
    const [endOuter, endInner] = [copy.overrideGlobalAllocator(outer), other.overrideGlobalAllocator(inner)];
    expect(targetOf(copy, { outer, inner })).toBe("inner");
    endInner[Symbol.dispose]();
    expect(targetOf(other, { outer, inner })).toBe("outer");
    endOuter[Symbol.dispose]();
    expect(targetOf(other, { System: other.System })).toBe("System");
  });

  test("recognise each other's Global, and forward to neither", async ({ copy }) => {
    const other = await anotherCopy();
    expect(() => copy.setGlobalAllocator(other.Global)).toThrow(/leads to Global/);
    expect(() => copy.overrideGlobalAllocator(other.system({ parent: other.Global }))).toThrow(/leads to Global/);
  });

  test("share one hook, which the other copy takes", async ({ copy }) => {
    const other = await anotherCopy();
    const seen: number[] = [];
    const hook = ({ size }: Layout) => void seen.push(size);
    copy.setAllocErrorHook(hook);
    expect(errorOf(() => other.handleAllocError(layout)).name).toBe("AllocError");
    expect(seen).toEqual([24]);
    expect(other.takeAllocErrorHook()).toBe(hook);
    expect(errorOf(() => copy.handleAllocError(layout)).name).toBe("AllocError");
    expect(seen).toEqual([24]);
  });

  test("end in an error if the hook fails in the other copy", async ({ copy }) => {
    const other = await anotherCopy();
    let runs = 0;
    copy.setAllocErrorHook(() => {
      runs++;
      other.handleAllocError(Layout.of(8));
    });
    expect(errorOf(() => copy.handleAllocError(layout)).message).toBe("memory allocation of 8 bytes failed");
    expect(runs).toBe(1);
  });
});
