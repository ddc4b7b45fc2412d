/** Values that are not layouts: every method names itself and throws, with free blocks and without, and nothing changes. */
import { Layout, Memory, type Ptr, pages } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import { describe, expect, test } from "vitest";
import { expectNamed, LAYOUT_CALLS } from "../../../checks/support/no-layouts.ts";
import { codeThrown } from "../../../checks/support/thrown.ts";

const block = Layout.of(64);
describe.each(Object.keys(LAYOUT_CALLS))("%s", (name) => {
  test.each([0, 1])("names itself for a value that is no layout, with %i blocks free", (free) => {
    const list = freeList(64, { blocks: 1 + free, parent: pages(Memory.virtual(2 ** 20)) });
    const ptr = list.allocate(block) as Ptr;
    const before = [...(list as FreeList & { links: Int16Array }).links];
    expectNamed(name, list, ptr, block);
    expect([...(list as FreeList & { links: Int16Array }).links]).toEqual(before);
    list.deallocate(ptr, block);
    list.check();
  });
});

test("a block of NULL is misuse that names the call, and one of size 0 is not", () => {
  const list = freeList(64, { blocks: 2, parent: pages(Memory.virtual(2 ** 20)) });
  const nothing = Layout.of(0);
  expect(codeThrown(() => list.resizeInPlace(0 as Ptr, block, block))).toBe("foreign-pointer");
  expect(() => list.resizeInPlace(0 as Ptr, block, block)).toThrow("resizeInPlace");
  expect(list.resizeInPlace(0 as Ptr, nothing, block)).toBe(false);
});

test("options that are an allocator are refused with the call to write", () => {
  const parent = pages(Memory.virtual(2 ** 20));
  expect(() => freeList(64, parent as object)).toThrow("freeList(blockSize, { parent: pages(memory) })");
});
