/** A guard over an inner allocator that refuses, resets or comes back in the middle of a call, and what its errors say. */
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

  test("was released nowhere, as its errors tell", () => {
    const { one, ptr } = refused();
    const { block } = thrownBy(() => one.deallocate(ptr, Layout.of(41)));
    expect([block?.ordinal, block?.released]).toEqual([1, undefined]);
  });

  test("has ended, where the inner allocator was reset before it refused", () => {
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

test("a block of a chain whose leaves were all reset before one refused it is not live again", () => {
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

describe("a call whose block ends in the middle of it is reentrant, and says so:", () => {
  test("a release that makes room in the quarantine", () => {
    const { inner, before } = hooked();
    const one = guard(inner, { quarantine: 100 });
    const [first, ptr] = [take(one, small), take(one, small)];
    one.deallocate(first, small);
    once(before, "deallocate", () => one.deallocate(ptr, small));
    expect(() => one.deallocate(ptr, small)).toThrow(
      `deallocate of the block at ${ptr} ended that block itself, from a function it called`,
    );
  });

  test("a resize that asks for a new block, and gives that one back", () => {
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

  test("of a wrong layout which block was taken for one of what size and align", () => {
    const one = guard(system({ parent: root() }));
    const ptr = take(one, small);
    expect(() => one.deallocate(ptr, Layout.of(41, 16))).toThrow(
      `took #1 (40 bytes, align 8, at ${ptr}) for one of 41 bytes, align 16`,
    );
  });

  test("of a block from before a reset that this forgot it", () => {
    const one = guard(system({ parent: root() }));
    const ptr = take(one, small);
    one.reset();
    expect(() => one.deallocate(ptr, small)).toThrow("after it was forgotten by a reset");
  });

  test("of more than 20 faults at the end the first 20, and how many more there are", () => {
    const one = guard(system({ parent: root() }), { stackDepth: 0 });
    for (let count = 0; count < 25; count++) writeBehind(one);
    const { errors } = thrownBy(() => one.dispose()) as unknown as AggregateError;
    expect(errors.map(({ message }) => message.slice(0, 22))).toEqual([
      ...Array(20).fill("wrote behind the end o"),
      "and 5 more faults",
    ]);
  });

  test("of 20 faults at the end all, and no more", () => {
    const one = guard(system({ parent: root() }), { stackDepth: 0 });
    for (let count = 0; count < 20; count++) writeBehind(one);
    expect((thrownBy(() => one.dispose()) as unknown as AggregateError).errors.length).toBe(20);
  });
});

test("where one child of several is reset, the blocks of the others are live", () => {
  const parent = root();
  const chain = fallback(freeList(256, { blocks: 4, parent }), system({ parent }));
  const one = guard(chain);
  const ptr = take(one, small);
  chain.secondary.reset();
  expect(one.sizeAt(ptr)).toBe(40);
  one.deallocate(ptr as Ptr, small);
});
