/**
 * What observers show: useful, bounded and fast, whatever a program or a test runner reads.
 */
import assert from "node:assert";
import { inspect } from "node:util";
import { type Allocator, Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { type Guarded, guard, type LeakError, leaks, proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { small, take } from "./support/fixtures.ts";

const OBSERVERS: Record<string, (inner: Allocator) => Allocator> = {
  proxy: (inner) => proxy(inner, {}),
  stats: (inner) => stats(inner),
  leaks: (inner) => leaks(inner),
  guard: (inner) => guard(inner),
};
/** Of the default size, so that reading all bytes would take minutes. */
const heap = () => system({ parent: pages(Memory.linear()) });

/** An observer with many records. */
function busy(watch: (inner: Allocator) => Allocator): Allocator {
  const one = watch(heap());
  for (let count = 0; count < 3000; count++) take(one, small);
  for (let count = 0; count < 500; count++) one.deallocate(take(one, small), small);
  return one;
}

describe.each(Object.entries(OBSERVERS))("%s", (name, watch) => {
  const SHOWN: Record<string, (one: Allocator) => string> = {
    String: (one) => String(one),
    "JSON.stringify": (one) => JSON.stringify(one),
    "util.inspect": (one) => inspect(one),
    "util.inspect, deep": (one) => inspect(one, { depth: Infinity, showHidden: false }),
    "Object.keys": (one) => Object.keys(one).join(),
    "a thrown assertion": (one) => {
      try {
        assert.deepEqual(one, {});
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    },
  };

  test.each(Object.entries(SHOWN))("%s is short, and is not [object Object]", (_how, show) => {
    const text = show(busy(watch));
    expect(text.length).toBeLessThan(5000);
    expect(text.length).toBeGreaterThan(5);
    expect(text).not.toContain("[object Object]");
  });

  test("its own keys are the documented ones, without internals", () => {
    const keys = new Set(Object.keys(busy(watch)));
    for (const own of ["tally", "ledger", "history", "quarantine", "live", "logger", "guards"])
      expect(keys.has(own)).toBe(false);
    expect([keys.has("children"), keys.has("inner")]).toEqual([true, false]); // the same allocator, shown once
  });

  test("comparing two of them reads no bytes or blocks", () => {
    const [one, other] = [busy(watch), busy(watch)];
    expect(one).not.toBe(other);
    const compare: readonly ((a: unknown, b: unknown) => void)[] = [
      (a, b) => assert.deepEqual(a, b),
      (a, b) => assert.deepStrictEqual(a, b),
      (a, b) => expect(a).toEqual(b),
    ];
    const said = compare.map((equal) => {
      try {
        equal(one, other);
        return 0;
      } catch (error) {
        return (error as Error).message.length;
      }
    });
    expect(Math.max(...said)).toBeLessThan(20_000);
  });

  test("a clone of it is refused", () => {
    expect(() => structuredClone(busy(watch))).toThrow(expect.objectContaining({ name: "DataCloneError" }));
  });

  test("a disposed one says so, or prints its counts", () => {
    const one = busy(watch);
    one.dispose();
    for (const text of [String(one), JSON.stringify(one), inspect(one)]) {
      expect(text).toMatch(name === "stats" ? /numAllocate/ : new RegExp(`${name} \\(disposed\\)`));
    }
  });
});

test("the text of a stats is its table too, because browser consoles use no inspect hook", () => {
  const one = stats(heap());
  take(one, small);
  expect(`${one}`).toMatch(/^numAllocate +1$/m);
  expect(`${one}`).toBe(inspect(one));
});

describe("errors", () => {
  test("of thousands of leaks are short", () => {
    const one = leaks(heap());
    const error = errorOf<LeakError>(() => {
      for (let count = 0; count < 5000; count++) take(one, small);
      leaks.check(one);
    });
    expect(error.blocks.length).toBe(5000);
    expect(error.message.length).toBeLessThan(30_000);
    one.dispose();
  });

  test.each(["guard", "leaks"] as const)("of %s are short, however deep the stacks are", (name) => {
    const deep = { stackDepth: 5000 };
    const dig = (level: number, call: () => void): void => (level === 0 ? call() : dig(level - 1, call));
    const error = errorOf(() => {
      if (name === "guard") {
        const one: Guarded<Allocator> = guard(heap() as Allocator, deep);
        dig(1000, () => one.deallocate(take(one, small), small));
        dig(1000, () => one.deallocate(orLast(one), small));
      } else {
        const one = leaks(heap(), deep);
        dig(1000, () => void take(one, small));
        try {
          leaks.check(one);
        } finally {
          one.dispose();
        }
      }
    });
    expect(error.message.length).toBeLessThan(20_000);
  });

  test("have no control characters from names of functions or files", () => {
    const named = "\x1b[2J\u202e\x07";
    const call = new Function(
      "take",
      `return { [${JSON.stringify(named)}]: () => take() }[${JSON.stringify(named)}]\n//# sourceURL=${"\x1b[31m"}x.js`,
    );
    const one = leaks(heap());
    const error = errorOf<LeakError>(() => {
      call(() => take(one, small))();
      leaks.check(one);
    });
    for (const text of [error.message, error.blocks[0]!.stack]) {
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(text).toContain("\\x1b[");
    }
    one.dispose();
  });
});

test("a frame of a guarded region shows itself as a guard", () => {
  const region = guard(scoped(1000, { parent: pages(Memory.linear({ maximum: 2 ** 20 })) }));
  expect(String(region.frame())).toContain("guard");
});

/** The address of a released block. */
function orLast(one: Allocator): never {
  const ptr = take(one, small);
  one.deallocate(ptr, small);
  return ptr as never;
}

function errorOf<E extends Error>(call: () => void): E {
  try {
    call();
  } catch (error) {
    return error as E;
  }
  throw new Error("nothing was thrown");
}
