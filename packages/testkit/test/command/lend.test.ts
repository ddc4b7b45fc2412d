import { can, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { checkAllocator } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { lend } from "../../src/command/lend.ts";
import { Reference } from "../reference.ts";

const reference = () => new Reference(pages(Memory.linear({ maximum: 8 * 2 ** 20 })));
const SIZE = Layout.of(100);

describe("lend", () => {
  test("the end of a program releases its live blocks, however they were allocated", () => {
    const shared = reference();
    const lent = lend(shared);
    const [a, b, c, d] = [...Array(4)].map(() => lent.allocateZeroed(SIZE) as Ptr) as [Ptr, Ptr, Ptr, Ptr];
    lent.deallocate(a, SIZE);
    lent.grow(b, SIZE, Layout.of(5000));
    lent.shrink(c, SIZE, Layout.of(10));
    lent.resizeInPlace(d, SIZE, Layout.of(50));
    lent.growZeroed(lent.allocate(Layout.of(0)) as Ptr, Layout.of(0), SIZE);
    lent.dispose();
    expect([...shared.live]).toEqual([]);
    expect(shared.check()).toBe(undefined);
  });

  test("a moved block is released once, by its last layout", () => {
    const shared = reference();
    const lent = lend(shared);
    const given: string[] = [];
    const release = shared.deallocate.bind(shared);
    const block = lent.allocate(SIZE) as Ptr;
    const moved = lent.grow(block, SIZE, Layout.of(5000));
    shared.deallocate = (ptr, layout) => {
      given.push(`${ptr} ${layout.size}`);
      release(ptr, layout);
    };
    lent.dispose();
    expect(given).toEqual([`${moved} 5000`]);
  });

  test("it has the capabilities of the lent allocator", () => {
    const shared = reference();
    expect(lend(shared).owns(shared.allocate(SIZE) as Ptr)).toBe(true);
    expect(can(lend(pages(Memory.linear())), "reset")).toBe(false);
  });

  test("a single instance passes the check as well as a new one for each program", async () => {
    const shared = reference();
    const why = "it lives on";
    const report = await checkAllocator(() => lend(shared), {
      programs: 100,
      skip: { "9.1": why, "9.2": why, "9.3": why, "9.5": why, "9.6": why, "9.9": why },
    });
    expect(report.violations).toEqual([]);
    expect(report.served).toBeGreaterThan(1000);
  });
});
