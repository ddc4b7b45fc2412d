import { fallback, nullAllocator } from "@alloc/combinators";
import { defaultMemory, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { describeAllocator } from "@alloc/testkit/vitest";
import { expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 2 ** 20 });

describeAllocator("nullAllocator()", () => nullAllocator(memory));

test("there is no room for 1 byte, and none for 4 GiB", () => {
  const none = nullAllocator();
  expect(none.allocate(Layout.of(1, 1))).toBe(0);
  expect(none.allocateZeroed(Layout.of(2 ** 32 - 8))).toBe(0);
  expect(none.usableSize(Layout.of(1))).toBe(0);
});

test("it owns nothing", () => {
  expect(nullAllocator().owns(65536 as Ptr)).toBe(false);
});

test("every block released to it is foreign", () => {
  const none = nullAllocator();
  const layout = Layout.of(8);
  expect(codeThrown(() => none.deallocate(65536 as Ptr, layout))).toBe("foreign-pointer");
  expect(codeThrown(() => none.resizeInPlace(65536 as Ptr, layout, layout))).toBe("foreign-pointer");
});

test("it detects every misuse of a block", () => {
  expect(nullAllocator(memory).detects).toEqual(["double-free", "interior-pointer", "foreign-pointer", "wrong-layout"]);
});

test("size 0 is served", () => {
  const empty = Layout.of(0, 32);
  expect(nullAllocator().allocate(empty)).toBe(empty.dangling);
  expect(nullAllocator().deallocate(empty.dangling, empty)).toBeUndefined();
});

test("no block is resized in place from or to size 0, and trying is not misuse", () => {
  const none = nullAllocator(memory);
  const [empty, layout] = [Layout.of(0), Layout.of(8)];
  expect(none.resizeInPlace(8 as Ptr, empty, layout)).toBe(false);
  expect(none.resizeInPlace(65536 as Ptr, layout, empty)).toBe(false);
});

test("it holds nothing", () => {
  expect(nullAllocator(memory).footprint()).toEqual({ held: 0, bookkeeping: 0, peak: 0 });
});

test("it works in the default memory by default", () => {
  expect(nullAllocator().memory).toBe(defaultMemory());
  expect(nullAllocator(memory).memory).toBe(memory);
});

test("after another allocator it ends the chain", () => {
  const own = Memory.linear({ maximum: 2 ** 20 });
  const chain = fallback(freeList(64, { blocks: 1, parent: pages(own) }), nullAllocator(own));
  expect(chain.allocate(Layout.of(64))).not.toBe(0);
  expect(chain.allocate(Layout.of(64))).toBe(0);
});
