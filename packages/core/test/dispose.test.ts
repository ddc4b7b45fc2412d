import { Allocator, can, Layout, type Ptr } from "@alloc/core";
import { describe, expect, test } from "vitest";
import { Leaf, Pair } from "./support/members.ts";
import { CALLS, CAPABILITIES, memory, Stranger } from "./support/stranger.ts";

const DISPOSED = expect.objectContaining({ name: "MisuseError", code: "disposed" });
const OTHERS: typeof CALLS = [
  ["byRef", (a) => a.byRef(), undefined],
  ["describe", (a) => a.describe(), undefined],
  ["describeSelf", (a) => a.describeSelf(), undefined],
];

/** A chain of three leaves, two of them one level deeper, and their names in the order in which they end. */
function chain() {
  const ended: string[] = [];
  const parent = new Leaf("parent", undefined, ended);
  const [first, second, third] = ["first", "second", "third"].map((name) => new Leaf(name, parent, ended));
  const inner = new Pair(second!, third!);
  return { ended, parent, first: first!, inner, whole: new Pair(first!, inner) };
}

describe("dispose", () => {
  test("disposes the children, first to last, at every depth", () => {
    const { ended, whole } = chain();
    whole.dispose();
    expect(ended).toEqual(["first", "second", "third"]);
  });

  test("lets a first child give its chunks back to a later one", () => {
    const ended: string[] = [];
    const later = new Leaf("later", undefined, ended);
    class Chunked extends Leaf {
      override close(): void {
        super.close();
        this.parent!.deallocate(8 as Ptr, Layout.of(8));
      }
    }
    new Pair(new Chunked("first", later, ended), later).dispose();
    expect(ended).toEqual(["first", "later"]);
  });

  test("does not dispose the parent", () => {
    const { ended, parent, whole } = chain();
    whole.dispose();
    expect(ended).not.toContain("parent");
    expect(parent.allocate(Layout.of(8))).toBe(64);
  });

  test("does nothing the second time", () => {
    const { ended, whole } = chain();
    whole.dispose();
    whole.dispose();
    whole[Symbol.dispose]();
    expect(ended.length).toBe(3);
  });

  test("ends a child once that was disposed before its combinator", () => {
    const { ended, first, whole } = chain();
    first.dispose();
    whole.dispose();
    expect(ended).toEqual(["first", "second", "third"]);
  });

  test("is called by using at the end of its block", () => {
    const { ended, whole } = chain();
    {
      using allocator = whole;
      expect(allocator.allocate(Layout.of(8))).toBe(64);
      expect(ended).toEqual([]);
    }
    expect(ended.length).toBe(3);
    expect(() => whole.allocate(Layout.of(8))).toThrow(DISPOSED);
  });

  test("is called by using if the block throws", () => {
    const { ended, whole } = chain();
    const run = () => {
      using _allocator = whole;
      throw new Error("in the block");
    };
    expect(run).toThrow("in the block");
    expect(ended.length).toBe(3);
  });
});

describe("a disposed allocator", () => {
  const cases = [...CALLS, ...OTHERS].filter(([name]) => name !== "dispose");

  test.each(cases)("throws disposed from %s, and asks its parts only for their kind", (name, call) => {
    const parts = new Stranger();
    const allocator = Allocator.from(parts);
    allocator.dispose();
    expect(() => call(allocator), name).toThrow(DISPOSED);
    expect(parts.calls.filter((name) => name !== "describeSelf")).toEqual(["dispose"]);
  });

  test("throws disposed also for size 0", () => {
    const allocator = Allocator.from(new Stranger());
    allocator.dispose();
    expect(() => allocator.allocate(Layout.of(0))).toThrow(DISPOSED);
    expect(() => allocator.usableSize(Layout.of(0))).toThrow(DISPOSED);
  });

  test("is the only one that ends: others of its class live on", () => {
    const [one, other] = [Allocator.from(new Stranger()), Allocator.from(new Stranger())];
    one.dispose();
    expect(other.usableSize(Layout.of(8))).toBe(42);
  });

  test("still prints, and is still an Allocator with its memory", () => {
    const allocator = Allocator.from(new Stranger());
    allocator.dispose();
    expect(`${allocator}`).toBe("stranger (disposed)");
    expect(Object.hasOwn(allocator, "memory")).toBe(true);
    expect(allocator).toBeInstanceOf(Allocator);
    expect(allocator.memory).toBe(memory);
  });

  test("has the same capabilities as before", () => {
    const allocator: Allocator = Allocator.from({ memory, allocate: () => 0, deallocate() {}, owns: () => true });
    allocator.dispose();
    expect(CAPABILITIES.filter((capability) => can(allocator, capability))).toEqual(["owns"]);
  });
});
