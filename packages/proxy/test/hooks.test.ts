import { Layout, orThrow, type Ptr } from "@alloc/core";
import type { SystemHeap, TinyHeap } from "@alloc/global";
import { type Proxied, type ProxyLogger, proxy } from "@alloc/proxy";
import { describe, expect, test, vi } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { empty, HOOKS, type Hook, heap, large, recorder, small, take, tooLarge } from "./support/fixtures.ts";

/** For each hook, a call that triggers it. */
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
  test.each(HOOKS)("%s is not called for its own calls, so nothing recurses", (name) => {
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
      // Skipped if it is called for a block, which would be gone.
      if (name === "allocateFail" || name === "reset") allocator.reset();
    };
    const allocator = proxy(heap(), { ...logger, [name]: reenters });
    const ptr = take(allocator, small);
    CAUSES[name](allocator, ptr);
    expect(told.map(([hook]) => hook)).toEqual(["allocateSuccess", name]);
  });

  test("it is called again afterwards, also if the hook threw", () => {
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

  test.each(HOOKS.filter((hook) => hook !== "reallocateSuccess" && hook !== "resizeInPlace"))(
    "the error of %s reaches the caller",
    (hook) => {
      const { allocator, ptr } = throwing(hook);
      expect(() => CAUSES[hook](allocator, ptr)).toThrow(`logger: ${hook}`);
    },
  );

  test("after an allocation: the block is released first", () => {
    const { inner, ptr, allocator } = throwing("allocateSuccess");
    expect(() => allocator.allocate(large)).toThrow("logger");
    expect(() => allocator.grow(empty.dangling, empty, large)).toThrow("logger");
    inner.deallocate(ptr, small);
    inner.trim();
    expect(inner.footprint().held).toBe(0);
  });

  describe.each(["reset", "check", "dispose"] as const)("after a resize, which stands: %s throws it", (end) => {
    test("and the caller gets the block", () => {
      const { inner, ptr, allocator } = throwing("reallocateSuccess");
      const next = orThrow(allocator.grow(ptr, small, large), large);
      expect(inner.sizeAt(next)).toBe(400);
      expect(() => allocator[end]()).toThrow("logger: reallocateSuccess");
    });

    test.each(["resizeInPlace", "reallocateSuccess"] as const)("also reported by %s after one in place", (hook) => {
      const { inner, ptr, allocator } = throwing(hook);
      expect(allocator.resizeInPlace(ptr, small, Layout.of(38))).toBe(true);
      expect(isLive(inner, ptr)).toBe(true);
      expect(() => allocator[end]()).toThrow(`logger: ${hook}`);
    });

    test("once", () => {
      const { ptr, allocator } = throwing("reallocateSuccess");
      allocator.grow(ptr, small, large);
      expect(() => allocator[end]()).toThrow("logger");
      allocator.dispose();
    });
  });

  test("before a release: the block is live", () => {
    const { inner, ptr, allocator } = throwing("deallocate");
    expect(() => allocator.deallocate(ptr, small)).toThrow("logger");
    expect(() => allocator.shrink(ptr, small, empty)).toThrow("logger");
    expect(isLive(inner, ptr)).toBe(true);
  });

  test.each([
    ["reallocateFail", "grow"],
    ["resizeInPlace", "resizeInPlace"],
  ] as const)("after a failure reported by %s: the block is unchanged", (hook, call) => {
    const { inner, ptr, allocator } = throwing(hook);
    expect(() => allocator[call](ptr, small, tooLarge)).toThrow("logger");
    expect(inner.sizeAt(ptr)).toBe(40);
    allocator.deallocate(ptr, small);
    expect(isLive(inner, ptr)).toBe(false);
  });

  test("only a few errors are kept", () => {
    const { ptr, allocator } = throwing("reallocateSuccess");
    for (let round = 0; round < 1000; round++) allocator.grow(ptr, small, small);
    let error: unknown;
    try {
      allocator.dispose();
    } catch (caught) {
      error = caught;
    }
    expect((error as AggregateError).errors.length).toBeLessThan(20);
  });
});

describe("a hook that ends the block it is called for", () => {
  type Given = (Ptr | Layout)[];
  const ENDS: Record<string, (allocator: Proxied<TinyHeap>, ptr: Ptr, layout: Layout) => void> = {
    "releases it": (allocator, ptr, layout) => allocator.deallocate(ptr, layout),
    "moves it": (allocator, ptr, layout) => void allocator.grow(ptr, layout, Layout.of(5000, 4096)),
    "resizes it in place": (allocator, ptr, layout) => void allocator.resizeInPlace(ptr, layout, Layout.of(8)),
    "resets the proxy": (allocator) => allocator.reset(),
    "resets the allocator behind the proxy": (allocator) => allocator.inner.reset(),
    "disposes the proxy": (allocator) => allocator.dispose(),
  };
  /** For each hook with a live block: the index of that argument, and a call that triggers it. */
  const TOLD: [Hook, (...given: Given) => Given, (allocator: Proxied<TinyHeap>, ptr: Ptr) => unknown][] = [
    ["allocateSuccess", (ptr, layout) => [ptr!, layout!], (allocator) => allocator.allocate(small)],
    ["reallocateFail", (ptr, layout) => [ptr!, layout!], (allocator, ptr) => allocator.grow(ptr, small, tooLarge)],
    ["deallocate", (ptr, layout) => [ptr!, layout!], (allocator, ptr) => allocator.deallocate(ptr, small)],
    [
      "reallocateSuccess",
      (_ptr, _from, next, to) => [next!, to!],
      (allocator, ptr) => allocator.grow(ptr, small, large),
    ],
    [
      "resizeInPlace",
      (ptr, _from, to) => [ptr!, to!],
      (allocator, ptr) => allocator.resizeInPlace(ptr, small, Layout.of(38)),
    ],
  ];

  describe.each(Object.entries(ENDS))("%s", (_name, end) => {
    test.each(TOLD)("%s: the call throws, and releases nothing twice", (hook, blockOf, call) => {
      const inner = heap();
      const released = vi.spyOn(inner, "deallocate");
      const logger: ProxyLogger = {
        [hook]: (...given: Given) => {
          const [ptr, layout] = blockOf(...given);
          end(allocator, ptr as Ptr, layout as Layout);
        },
      };
      const allocator = proxy(inner, logger);
      const ptr = take(inner, small);
      released.mockClear();
      expect(codeThrown(() => call(allocator, ptr))).toMatch(/^(reentrant|disposed)$/);
      expect(released.mock.calls.length).toBeLessThan(2);
    });

    test("and throws after an allocation: that error reaches the caller, and nothing is released twice", () => {
      const inner = heap();
      const released = vi.spyOn(inner, "deallocate");
      const allocator: Proxied<TinyHeap> = proxy(inner, {
        allocateSuccess(ptr, layout) {
          end(allocator, ptr, layout);
          throw new Error("logger");
        },
      });
      expect(() => allocator.allocate(small)).toThrow("logger");
      expect(released.mock.calls.length).toBeLessThan(2);
    });
  });
});

test.each([undefined, null, 5, "log"])("a logger must be an object of hooks, not %s", (logger) => {
  const inner = heap();
  expect(() => proxy(inner, logger as never)).toThrow(
    /^proxy expects an object of hooks, got .*: write proxy\(inner, \{ allocateFail \}\)$/,
  );
  proxy(inner, {}); // it has no owner yet
});

test("a function of a logger that is no hook is refused, because nothing would call it", () => {
  expect(() => proxy(heap(), { allocateSucess: () => {} } as never)).toThrow(
    'got "allocateSucess": did you mean allocateSuccess?',
  );
});
