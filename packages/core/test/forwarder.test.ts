import { Allocator, type Can, type Capability, can } from "@alloc/core";
import { Forwarder, METHODS, withCapabilities } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { Leaf } from "./support/members.ts";
import { CALLS, CAPABILITIES, Stranger } from "./support/stranger.ts";

/** Methods that describe an allocator, end it, link it with others, or build on forwarded ones. */
const OWN = [
  "constructor",
  "array",
  "byRef",
  "describeSelf",
  "ownFootprint",
  "describe",
  "toJSON",
  "toString",
  "dispose",
  "settle",
  "close",
  "expectLayout",
  "adopt",
  "abandon",
  "endTenants",
  "epochChanged",
];

/** How many arguments each method takes. */
const ARGUMENTS: Readonly<Record<(typeof METHODS)[number], number>> = {
  allocate: 1,
  allocateZeroed: 1,
  grow: 3,
  growZeroed: 3,
  shrink: 3,
  deallocate: 2,
  usableSize: 1,
  footprint: 0,
  owns: 1,
  reset: 0,
  resizeInPlace: 3,
  defer: 1,
  sizeAt: 1,
  check: 0,
  trim: 0,
  blocks: 1,
};

class Plain extends Forwarder {}

/** An allocator with every capability that is not an `Assembled`, so that calls reach it unchanged. */
function strange(): Can<Capability> & Stranger {
  const parts = new Stranger();
  const leaf = new Leaf("stranger");
  for (const name of METHODS) {
    Object.defineProperty(leaf, name, {
      value: (...given: never[]) => (parts[name] as (...given: never[]) => unknown)(...given),
    });
  }
  return Object.assign(leaf, { calls: parts.calls, detects: parts.detects, isExact: true }) as never;
}

describe("a forwarder", () => {
  test("METHODS names every method of an allocator that is not its own", () => {
    const methods = Object.entries(Object.getOwnPropertyDescriptors(Allocator.prototype))
      .filter(([, { value }]) => typeof value === "function")
      .map(([name]) => name);
    const abstract = ["allocate", "deallocate"];
    const expected = [...methods, ...abstract, ...CAPABILITIES].filter((name) => !OWN.includes(name));
    expect([...METHODS].sort()).toEqual(expected.sort());
  });

  test("METHODS names every capability", () => {
    expect(METHODS.filter((name) => (CAPABILITIES as readonly string[]).includes(name))).toEqual(CAPABILITIES);
  });

  test.each(METHODS)("forwards %s once, and returns the result", (name) => {
    const [, call, result] = CALLS.find(([it]) => it === name)!;
    const inner = strange();
    expect(call(new Plain(inner) as Can<Capability>)).toEqual(result);
    expect(inner.calls).toEqual([name]);
  });

  test.each(METHODS)("forwards the arguments of %s", (name) => {
    const given: unknown[][] = [];
    const leaf = new Leaf("leaf");
    Object.defineProperty(leaf, name, { value: (...args: unknown[]) => given.push(args) });
    const args = [{ size: 0 }, { size: 1 }, { size: 2 }].slice(0, ARGUMENTS[name]);
    (new Plain(leaf)[name] as (...args: unknown[]) => unknown)(...args);
    expect(given).toEqual([args]);
  });

  test("has the memory, the exactness and the detected misuse of the inner allocator", () => {
    const inner = strange();
    const { memory, isExact, detects } = new Plain(inner);
    expect([memory, isExact, detects]).toEqual([inner.memory, true, ["double-free"]]);
  });

  test("owns the inner allocator", () => {
    const inner = new Leaf("leaf");
    new Plain(inner).dispose();
    expect(() => inner.allocate(null as never)).toThrow("disposed");
  });

  test("lacks the capabilities that withCapabilities takes away", () => {
    const Class = withCapabilities(Plain, () => false);
    const forwarder: Allocator = new Class(new Leaf("leaf"));
    expect(CAPABILITIES.filter((capability) => can(forwarder, capability))).toEqual([]);
  });

  test("may define its inner allocator itself", () => {
    const inner = strange();
    class Late extends Forwarder {
      override get inner() {
        return inner;
      }
      override get memory() {
        return inner.memory;
      }
    }
    expect(new Late().sizeAt(64 as never)).toBe(43);
  });

  test("is the class of byRef", () => {
    expect(new Leaf("leaf").byRef()).toBeInstanceOf(Forwarder);
  });
});
