import { Layout, orThrow, type Ptr } from "@alloc/core";
import type { SystemHeap } from "@alloc/global";
import { type Proxied, type ProxyLogger, proxy } from "@alloc/proxy";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { empty, HOOKS, type Hook, heap, large, recorder, small, take, tooLarge } from "./support/fixtures.ts";

/** For each hook a call that it is told of. */
const CAUSES: Record<Hook, (allocator: Proxied<SystemHeap>, ptr: Ptr) => unknown> = {
  allocateSuccess: (allocator) => allocator.allocate(large),
  allocateFail: (allocator) => allocator.allocate(tooLarge),
  deallocate: (allocator, ptr) => allocator.deallocate(ptr, small),
  reallocateSuccess: (allocator, ptr) => allocator.grow(ptr, small, large),
  reallocateFail: (allocator, ptr) => allocator.grow(ptr, small, tooLarge),
  reset: (allocator) => allocator.reset(),
  resizeInPlace: (allocator, ptr) => allocator.resizeInPlace(ptr, small, Layout.of(38)),
};

describe("a hook that uses its proxy", () => {
  test.each(HOOKS)("%s is not told of what it does, and nothing recurs", (name) => {
    const { told, logger } = recorder();
    const known = logger[name] as (...given: unknown[]) => void;
    const reenters = (...given: unknown[]) => {
      known(...given);
      const ptr = take(allocator, small);
      const next = orThrow(allocator.grow(ptr, small, large), large);
      allocator.resizeInPlace(next, large, large);
      allocator.deallocate(next, large);
      allocator.allocate(tooLarge);
      allocator.grow(take(allocator, small), small, tooLarge);
      // Not before a release: the block would be gone.
      if (name !== "deallocate") allocator.reset();
    };
    const allocator = proxy(heap(), { ...logger, [name]: reenters });
    const ptr = take(allocator, small);
    CAUSES[name](allocator, ptr);
    expect(told.map(([hook]) => hook)).toEqual(["allocateSuccess", name]);
  });

  test("it is told again afterwards, also when the hook threw", () => {
    const { told, logger } = recorder();
    const allocator = proxy(heap(), {
      ...logger,
      allocateFail() {
        throw new Error("logger");
      },
    });
    expect(() => allocator.allocate(tooLarge)).toThrow("logger");
    take(allocator, small);
    expect(told.map(([name]) => name)).toEqual(["allocateSuccess"]);
  });
});

describe("a hook that throws", () => {
  /** A heap with one block, and its proxy with one hook that throws. */
  function throwing(hook: Hook) {
    const inner = heap();
    const ptr = take(inner, small);
    const logger: ProxyLogger = {
      [hook]: () => {
        throw new Error(`logger: ${hook}`);
      },
    };
    return { inner, ptr, allocator: proxy(inner, logger) };
  }
  const isLive = (inner: SystemHeap, ptr: Ptr) => codeThrown(() => inner.sizeAt(ptr)) === "nothing was thrown";

  test.each(HOOKS)("the error of %s goes on to the caller", (hook) => {
    const { allocator, ptr } = throwing(hook);
    expect(() => CAUSES[hook](allocator, ptr)).toThrow(`logger: ${hook}`);
  });

  test("after an allocation: the block is released first", () => {
    const { inner, ptr, allocator } = throwing("allocateSuccess");
    expect(() => allocator.allocate(large)).toThrow("logger");
    expect(() => allocator.grow(empty.dangling, empty, large)).toThrow("logger");
    inner.deallocate(ptr, small);
    inner.trim();
    expect(inner.footprint().held).toBe(0);
  });

  test("after a resize: the block is released first, so nothing is live that nobody can name", () => {
    const { inner, ptr, allocator } = throwing("reallocateSuccess");
    expect(() => allocator.grow(ptr, small, large)).toThrow("logger");
    expect(isLive(inner, ptr)).toBe(false);
    inner.trim();
    expect(inner.footprint().held).toBe(0);
  });

  test.each(["resizeInPlace", "reallocateSuccess"] as const)(
    "after a resize in place told by %s: as after any",
    (hook) => {
      const { inner, ptr, allocator } = throwing(hook);
      expect(() => allocator.resizeInPlace(ptr, small, Layout.of(38))).toThrow("logger");
      expect(isLive(inner, ptr)).toBe(false);
    },
  );

  test("before a release: the block is live", () => {
    const { inner, ptr, allocator } = throwing("deallocate");
    expect(() => allocator.deallocate(ptr, small)).toThrow("logger");
    expect(() => allocator.shrink(ptr, small, empty)).toThrow("logger");
    expect(isLive(inner, ptr)).toBe(true);
  });

  test.each([
    ["reallocateFail", "grow"],
    ["resizeInPlace", "resizeInPlace"],
  ] as const)("after a failure told by %s: the block is as it was", (hook, call) => {
    const { inner, ptr, allocator } = throwing(hook);
    expect(() => allocator[call](ptr, small, tooLarge)).toThrow("logger");
    expect(inner.sizeAt(ptr)).toBe(40);
    allocator.deallocate(ptr, small);
    expect(isLive(inner, ptr)).toBe(false);
  });
});
