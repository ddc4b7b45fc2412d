/** Errors of `stats` about releases that the inner allocator does not check. */
import { Allocator, Layout, NULL, type Ptr } from "@alloc/core";
import { stats } from "@alloc/proxy";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { forgetful, large, small, take } from "./support/fixtures.ts";

describe("if the inner allocator detects nothing, a release", () => {
  test("of the last live block, repeated, is a double-free and is not counted", () => {
    const one = stats(forgetful());
    const ptr = take(one, small);
    one.deallocate(ptr, small);
    const before = one.counters;
    expect(codeThrown(() => one.deallocate(ptr, small))).toBe("double-free");
    expect(one.counters).toEqual(before);
  });

  test("of more bytes than are live is an error with both numbers and the likely cause", () => {
    const one = stats(forgetful());
    const ptr = take(one, small);
    expect(() => one.deallocate(ptr, large)).toThrow(
      `released 400 bytes at ${ptr} of 1 live blocks of 40 bytes: this block was released before, or an earlier one was released twice`,
    );
  });

  test("of exactly the live bytes is counted", () => {
    const one = stats(forgetful());
    one.deallocate(take(one, small), small);
    expect(one.counters).toMatchObject({ numLive: 0, bytesLive: 0, bytesDeallocated: 40 });
  });

  test("of a size that is never served is a double-free if no block is live", () => {
    const one = stats(forgetful());
    const ptr = take(one, small);
    one.deallocate(ptr, small);
    expect(codeThrown(() => one.deallocate(ptr, Layout.of(2 ** 20)))).toBe("double-free");
  });

  test.each<[string, number, string]>([
    ["NULL", NULL, "foreign-pointer"],
    ["an address that it does not own", 8, "nothing was thrown"],
  ])("of %s goes to the inner allocator, which may say more", (_, ptr, result) => {
    const one = stats(forgetful());
    expect(codeThrown(() => one.deallocate(ptr as Ptr, large))).toBe(result);
  });

  test("with an invalid layout names the call", () => {
    const one = stats(Object.assign(forgetful(), { usableSize: ({ size }: Layout) => size }));
    const ptr = take(one, small);
    expect(() => one.deallocate(ptr, 40 as unknown as Layout)).toThrow("deallocate expects a Layout");
  });
});

describe("if sizes are looked up and nothing is detected, a release", () => {
  /** Reports for each block 64 bytes more than guaranteed. */
  function generous() {
    const inner = forgetful();
    const sizes = new Map<Ptr, number>();
    const made = Allocator.from({
      memory: inner.memory,
      allocate: (layout) => {
        const ptr = inner.allocate(layout);
        if (ptr !== NULL) sizes.set(ptr as Ptr, layout.size + 64);
        return ptr;
      },
      deallocate: () => {},
      usableSize: (layout) => inner.usableSize(layout),
      sizeAt(ptr) {
        const size = sizes.get(ptr);
        if (size === undefined) throw new Error("no block");
        return size;
      },
    });
    return Object.assign(made, { isExact: false });
  }

  test("of more than the counted bytes is counted while a block is live, because older blocks may exist", () => {
    const inner = generous();
    const old = inner.allocate(large) as Ptr;
    const one = stats(inner);
    take(one, small);
    one.deallocate(old, large);
    expect(one.counters).toMatchObject({ numLive: 0, bytesLive: 0 });
  });

  test("is a double-free when no block is live", () => {
    const one = stats(generous());
    const ptr = take(one, small);
    one.deallocate(ptr, small);
    expect(codeThrown(() => one.deallocate(ptr, small))).toBe("double-free");
  });

  test("with an invalid layout names the call, before the size is looked up", () => {
    const one = stats(generous());
    expect(() => one.deallocate(8 as Ptr, {} as Layout)).toThrow("deallocate expects a Layout");
  });
});
