import { Allocator, can, Layout, NULL, type Null, orThrow, type Ptr } from "@alloc/core";
import { describeAllocator } from "@alloc/testkit/vitest";
import { describe, expect, test } from "vitest";
import { plainHeap } from "./support/heaps.ts";
import { Leaf, Pair } from "./support/members.ts";
import { CALLS, CAPABILITIES, memory, Stranger } from "./support/stranger.ts";

const eight = Layout.of(8);
const FORWARDED = CALLS.filter(([name]) => !["reset", "describeSelf", "dispose", "growZeroed"].includes(name));

describe("a lent allocator", () => {
  test.each(FORWARDED)("forwards %s to the lender, as its method, and returns the result", (name, call, answer) => {
    const parts = new Stranger();
    const lent = Allocator.from(parts).byRef();
    expect(call(lent as Parameters<typeof call>[0])).toEqual(answer);
    expect(parts.calls).toEqual([name]);
  });

  test("forwards growZeroed to a lender that has its own", () => {
    class Zeroing extends Leaf {
      override growZeroed(): Ptr | Null {
        return 4096 as Ptr;
      }
    }
    const zeroing: Allocator = new Zeroing("zeroing");
    expect(zeroing.byRef().growZeroed(64 as Ptr, eight, eight)).toBe(4096);
  });

  test("has every capability of the lender but reset", () => {
    const lent: Allocator = Allocator.from(new Stranger()).byRef();
    expect(CAPABILITIES.filter((capability) => !can(lent, capability))).toEqual(["reset"]);
    expect((lent as { reset?: unknown }).reset).toBeUndefined();
  });

  test("has no capability that the lender lacks", () => {
    const lent: Allocator = Allocator.from({ memory, allocate: () => NULL, deallocate() {} }).byRef();
    expect(CAPABILITIES.filter((capability) => can(lent, capability))).toEqual([]);
  });

  test("works in the lender's memory and detects the same misuse", () => {
    const lender = Allocator.from(new Stranger());
    expect(lender.byRef().memory).toBe(lender.memory);
    expect(lender.byRef().detects).toEqual(["double-free"]);
  });

  test("is exact if the lender is", () => {
    const inexact = Allocator.from({ memory, allocate: () => NULL, deallocate() {} });
    expect([Allocator.from(new Stranger()), inexact].map((lender) => lender.byRef().isExact)).toEqual([true, false]);
  });

  test("does nothing when it is disposed, once or twice", () => {
    const { allocator, heap } = plainHeap();
    const lent = allocator.byRef();
    const ptr = orThrow(lent.allocate(eight), eight);
    lent.dispose();
    lent[Symbol.dispose]();
    allocator.deallocate(ptr, eight);
    expect(lent.allocate(eight)).toBe(ptr);
    expect(heap.live.size).toBe(1);
  });

  test("throws disposed after its lender has been disposed", () => {
    const { allocator } = plainHeap();
    const lent = allocator.byRef();
    allocator.dispose();
    const disposed = expect.objectContaining({ name: "MisuseError", code: "disposed" });
    expect(() => lent.allocate(eight)).toThrow(disposed);
    expect(() => lent.deallocate(64 as Ptr, eight)).toThrow(disposed);
    expect(() => lent.sizeAt(64 as Ptr)).toThrow(disposed);
  });

  test("can be lent on", () => {
    const parts = new Stranger();
    const twice = Allocator.from(parts).byRef().byRef();
    expect([twice.sizeAt(64 as Ptr), can(twice, "reset")]).toEqual([43, false]);
    expect(twice.describe().nodes.map(({ kind }) => kind)).toEqual(["byRef", "byRef", "stranger"]);
  });

  test("is not disposed with a combinator it is lent to, and can be in two", () => {
    const disposed: string[] = [];
    const shared = new Leaf("shared", undefined, disposed);
    const chains = [1, 2].map((n) => new Pair(new Leaf(`own ${n}`, undefined, disposed), shared.byRef()));
    for (const chain of chains) chain.dispose();
    expect(disposed).toEqual(["own 1", "own 2"]);
    expect(shared.allocate(eight)).toBe(64);
  });
});

const lender = plainHeap().allocator;
describeAllocator("a lent first fit", () => lender.byRef(), {
  maxSize: 4096,
  maxAlign: 4096,
  skip: { "9.3": "what is lent lives on: its dispose does nothing" },
});
