/** A guard over an inner allocator that refuses, resets or calls back in the middle of a call, and the guard's errors. */
import { fallback } from "@alloc/combinators";
import { type Allocator, Layout, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { guard } from "@alloc/proxy";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { small, take } from "./support/fixtures.ts";
import { hooked, once, root, thrownBy } from "./support/hooked.ts";

function fail(): never {
  throw new Error("refused");
}

describe("a block that the inner allocator refuses to take back", () => {
  function refused() {
    const { inner, before } = hooked();
    const one = guard(inner, { quarantine: 0 });
    const ptr = take(one, small);
    once(before, "deallocate", fail);
    expect(() => one.deallocate(ptr, small)).toThrow("refused");
    return { one, ptr };
  }

  test("is live as before, and can be released", () => {
    const { one, ptr } = refused();
    expect(one.sizeAt(ptr)).toBe(40);
    one.deallocate(ptr, small);
    expect(codeThrown(() => one.sizeAt(ptr))).toBe("double-free");
  });

  test("has no release in later errors", () => {
    const { one, ptr } = refused();
    const { block } = thrownBy(() => one.deallocate(ptr, Layout.of(41)));
    expect([block?.ordinal, block?.released]).toEqual([1, undefined]);
  });

  test("has ended if the inner allocator was reset before it refused", () => {
    const { inner, before } = hooked();
    const one = guard(inner, { quarantine: 0 });
    const ptr = take(one, small);
    once(before, "deallocate", () => {
      inner.reset();
      fail();
    });
    expect(() => one.deallocate(ptr, small)).toThrow("refused");
    expect(codeThrown(() => one.sizeAt(ptr))).toBe("double-free");
  });
});

test("a block is not live again if all leaves of its chain were reset before one refused it", () => {
  const { inner, before } = hooked();
  const chain = fallback(inner, system({ parent: pages(inner.memory) }));
  const one = guard(chain, { quarantine: 0 });
  const ptr = take(one, small);
  once(before, "deallocate", () => {
    chain.reset();
    fail();
  });
  expect(() => one.deallocate(ptr, small)).toThrow("refused");
  expect(codeThrown(() => one.sizeAt(ptr))).toBe("double-free");
});

describe("a call whose block ends in the middle of it throws reentrant:", () => {
  test("a release that makes room in the quarantine", () => {
    const { inner, before } = hooked();
    const one = guard(inner, { quarantine: 100 });
    const [first, ptr] = [take(one, small), take(one, small)];
    one.deallocate(first, small);
    once(before, "deallocate", () => one.deallocate(ptr, small));
    const message = `deallocate of the block at ${ptr} ended that block itself, from a function it called`;
    expect(() => one.deallocate(ptr, small)).toThrow(expect.objectContaining({ code: "reentrant", message }));
  });

  test("a resize that requests a new block, and gives it back", () => {
    const { inner, before } = hooked();
    const one = guard(inner);
    const ptr = take(one, small);
    once(before, "allocate", () => one.deallocate(ptr, small));
    expect(() => one.grow(ptr, small, Layout.of(100))).toThrow(`grow of the block at ${ptr} ended that block itself`);
    expect(one.bytesLive).toBe(0);
  });

  test("a resize in place", () => {
    const { inner, before } = hooked();
    const one = guard(inner);
    const ptr = take(one, small);
    once(before, "resizeInPlace", () => one.deallocate(ptr, small));
    expect(() => one.resizeInPlace(ptr, small, Layout.of(39))).toThrow(
      `resizeInPlace of the block at ${ptr} ended that block itself`,
    );
  });
});

describe("an error says", () => {
  const writeBehind = (one: Allocator) => {
    const ptr = take(one, small);
    one.memory.u8[ptr + 40] = 1;
  };

  test("for a wrong layout the block, the passed size and the passed align", () => {
    const one = guard(system({ parent: root() }));
    const ptr = take(one, small);
    expect(() => one.deallocate(ptr, Layout.of(41, 16))).toThrow(
      `took #1 (40 bytes, align 8, at ${ptr}) for one of 41 bytes, align 16`,
    );
  });

  test("for a block from before a reset that the reset ended it", () => {
    const one = guard(system({ parent: root() }));
    const ptr = take(one, small);
    one.reset();
    expect(() => one.deallocate(ptr, small)).toThrow("after it was forgotten by a reset");
  });

  test("for more than 20 faults at the end the first 20, and how many more there are", () => {
    const one = guard(system({ parent: root() }), { stackDepth: 0 });
    for (let count = 0; count < 25; count++) writeBehind(one);
    const { errors } = thrownBy(() => one.dispose()) as unknown as AggregateError;
    expect(errors.map(({ message }) => message.slice(0, 22))).toEqual([
      ...Array(20).fill("wrote behind the end o"),
      "and 5 more faults",
    ]);
  });

  test("for 20 faults at the end all of them, and no more", () => {
    const one = guard(system({ parent: root() }), { stackDepth: 0 });
    for (let count = 0; count < 20; count++) writeBehind(one);
    expect((thrownBy(() => one.dispose()) as unknown as AggregateError).errors.length).toBe(20);
  });
});

test("if one child of several is reset, the blocks of the others stay live", () => {
  const parent = root();
  const chain = fallback(freeList(256, { blocks: 4, parent }), system({ parent }));
  const one = guard(chain);
  const ptr = take(one, small);
  chain.secondary.reset();
  expect(one.sizeAt(ptr)).toBe(40);
  one.deallocate(ptr as Ptr, small);
});
