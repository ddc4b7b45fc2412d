/**
 * Two copies of the packages in one program: both see the registrations of their realm.
 *
 * @module-tag alone
 */
import { Layout, Memory, orThrow, pages } from "@alloc/core";
import { tinyHeap } from "@alloc/global";
import { type GuardError, guard, leaks } from "@alloc/proxy";
import { expect, test, vi } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { small, take } from "./support/fixtures.ts";

/** Loads the packages anew. */
async function copy() {
  vi.resetModules();
  const [core, global, proxy] = [
    await import("@alloc/core"),
    await import("@alloc/global"),
    await import("@alloc/proxy"),
  ];
  expect(core.Layout).not.toBe(Layout);
  expect(proxy.leaks).not.toBe(leaks);
  return { ...core, ...global, ...proxy };
}

const heap = () => tinyHeap({ parent: pages(Memory.linear({ maximum: 2 ** 20 })) });

test("leaks.check() of each copy detects the leaks of the other", async () => {
  const other = await copy();
  const mine = leaks(heap());
  const theirs = other.leaks(other.tinyHeap({ parent: other.pages(other.Memory.linear({ maximum: 2 ** 20 })) }));
  take(mine, small);
  expect(codeThrown(() => other.leaks.check())).toBe("leak");
  mine.dispose();
  other.leaks.check();
  theirs.allocate(other.Layout.of(40));
  expect(codeThrown(() => leaks.check())).toBe("leak");
  theirs.dispose();
  leaks.check();
});

test("an observer of one copy watches an allocator of the other", async () => {
  const other = await copy();
  const inner = heap();
  const one = other.guard(other.stats(inner), { quarantine: 0 });
  const ptr = orThrow(one.allocate(small), small);
  one.deallocate(ptr, small);
  expect(codeThrown(() => one.deallocate(ptr, small))).toBe("double-free");
  expect(one.inner.counters.numLive).toBe(0);
  one.dispose();
  expect(codeThrown(() => inner.allocate(small))).toBe("disposed");
});

test("a guard of one copy names a block of the other", async () => {
  const other = await copy();
  const [theirs, mine] = [other.guard(heap()), guard(heap())];
  take(mine, small);
  theirs.allocate(small);
  const ptr = orThrow(theirs.allocate(small), small);
  let error: GuardError | undefined;
  try {
    mine.deallocate(ptr, small);
  } catch (caught) {
    error = caught as GuardError;
  }
  expect(error?.code).toBe("foreign-pointer");
  expect(error?.message).toMatch(
    /^\d+ is not a block of this allocator but #2 \(40 bytes, align 8, at \d+\) of another guard/,
  );
  expect(error?.block).toMatchObject({ ordinal: 2, ptr, size: 40 });
});
