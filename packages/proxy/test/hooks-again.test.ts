/**
 * Hooks that throw or use the proxy: what is reported afterwards, and what is not.
 */
import { Allocator, Layout, NULL, type Ptr } from "@alloc/core";
import { system } from "@alloc/global";
import { leaks, proxy, stats } from "@alloc/proxy";
import { beforeEach, describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { forgetful, type Hook, heap, large, small, take, tooLarge } from "./support/fixtures.ts";
import { hooked, once, root } from "./support/hooked.ts";
import { forgetRegistries } from "./support/registries.ts";

beforeEach(forgetRegistries);

const boom = () => {
  throw new Error("boom");
};

describe("a hook that threw is called for the next call", () => {
  const CALLS: Partial<Record<Hook, (one: Allocator, ptr: Ptr) => unknown>> = {
    allocateSuccess: (one) => one.allocate(small),
    allocateFail: (one) => one.allocate(tooLarge),
    deallocate: (one, ptr) => one.deallocate(ptr, small),
    reallocateSuccess: (one, ptr) => one.grow(ptr, small, large),
    reallocateFail: (one, ptr) => one.grow(ptr, small, tooLarge),
    resizeInPlace: (one, ptr) => (one as ReturnType<typeof heap>).resizeInPlace(ptr, small, tooLarge),
  };

  test.each(Object.entries(CALLS))("%s", (hook, call) => {
    const told: number[] = [];
    const logger: Record<string, () => void> = {};
    const one = proxy(heap(), logger);
    const ptr = take(one, small);
    logger[hook] = boom;
    codeThrown(() => call(one, ptr));
    logger.allocateSuccess = () => void told.push(1);
    one.allocate(small);
    expect(told).toEqual([1]);
  });
});

test("the first 8 errors of hooks after resizes are kept", () => {
  const one = proxy(heap(), { reallocateSuccess: boom });
  let [ptr, size] = [take(one, small) as Ptr, 40];
  for (let round = 0; round < 10; round++) {
    ptr = one.grow(ptr, Layout.of(size), Layout.of(size + 8)) as Ptr;
    size += 8;
  }
  let thrown: unknown;
  try {
    one.check();
  } catch (error) {
    thrown = error;
  }
  expect((thrown as AggregateError).errors.length).toBe(8);
});

test("a hook may try to resize its block if there is no room", () => {
  const one = proxy(heap(), { allocateSuccess: (ptr) => expect(one.grow(ptr, small, tooLarge)).toBe(NULL) });
  expect(codeThrown(() => one.allocate(small))).toBe("nothing was thrown");
});

test("a hook that releases its block gets an error that says what it must not do", () => {
  const one = proxy(heap(), { allocateSuccess: (ptr) => one.deallocate(ptr, small) });
  expect(() => one.allocate(small)).toThrow(
    /^a hook released, resized or ended the block at \d+ that it was called for/,
  );
});

describe("a block that is given back because its hook threw", () => {
  test("and is refused, is reported with both errors", () => {
    const { inner, before } = hooked();
    const one = proxy(inner, { allocateSuccess: boom });
    once(before, "deallocate", () => {
      throw new Error("refused");
    });
    let thrown: unknown;
    try {
      one.allocate(small);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as AggregateError).errors.map(({ message }) => message)).toEqual(["boom", "refused"]);
  });

  test("does so without calling hooks", () => {
    const { inner, before } = hooked();
    let told = 0;
    const one = proxy(inner, {
      allocateSuccess() {
        if (told++ === 0) boom();
      },
    });
    once(before, "deallocate", () => one.allocate(large));
    expect(() => one.allocate(small)).toThrow("boom");
    expect(told).toBe(1);
  });
});

describe("stats", () => {
  test("counts a resize in place to the same size as one that does not shrink the block", () => {
    const one = stats(heap());
    const ptr = take(one, small);
    expect(one.resizeInPlace(ptr, small, small)).toBe(true);
    expect(one.counters).toMatchObject({ numGrow: 1, numShrink: 0 });
  });

  test("returns false for a resize in place from size 0, also if sizes are looked up", () => {
    const exact = heap();
    const inexact = Object.defineProperty(heap(), "isExact", { value: false });
    const from = Layout.of(0);
    expect([exact, inexact].map((it) => stats(it).resizeInPlace(from.dangling as Ptr, from, small))).toEqual([
      false,
      false,
    ]);
  });

  test("gives a new block back if its size cannot be looked up", () => {
    const inner = leaks(heap(), { stackDepth: 0 });
    const one = stats(Object.assign(Object.defineProperty(inner, "isExact", { value: false }), { sizeAt: boom }));
    expect(() => one.allocate(small)).toThrow("boom");
    expect(inner.live).toEqual([]);
  });

  test("forwards a release of NULL to an inner allocator that detects nothing", () => {
    const { memory } = forgetful();
    class Blind extends Allocator {
      override readonly memory = memory;
      override allocate(): typeof NULL {
        return NULL;
      }
      override deallocate(): void {}
      override usableSize({ size }: Layout): number {
        return size;
      }
    }
    expect(codeThrown(() => stats(new Blind()).deallocate(NULL as unknown as Ptr, small))).toBe("nothing was thrown");
  });
});

describe("leaks", () => {
  test("has no live blocks after the reset of an allocator that does not change its epoch", () => {
    const one = leaks(Object.assign(heap(), { reset() {} }), { stackDepth: 0 });
    take(one, small);
    one.reset();
    expect(one.live).toEqual([]);
  });

  test("that ended before the allocator it watches is no longer checked", () => {
    const lent = system({ parent: root() });
    const one = leaks(lent.byRef(), { stackDepth: 0 });
    const odd = Layout.of(12_345);
    take(one, odd);
    one.dispose();
    let blocks: readonly { readonly size: number }[] = [];
    try {
      leaks.check();
    } catch (error) {
      blocks = (error as { blocks: typeof blocks }).blocks;
    }
    expect(blocks.filter(({ size }) => size === odd.size)).toEqual([]);
  });
});
