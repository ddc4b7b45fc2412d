/** What a scope leaves behind when it ends: how its dead bytes are reported, and what is forgotten of its chunks. */
import { Layout, type Ptr } from "@alloc/core";
import { type Scoped, scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { root, take } from "./support.ts";

const layout = Layout.of(16);
const release = (scope: Scoped, ptr: Ptr) => codeThrown(() => scope.deallocate(ptr, layout));

describe("the second release of a block of the outer scope", () => {
  test.each([8, 16])("is a double-free if the inner scope ended before it, after %i of 16 bytes", (bytes) => {
    const region = scoped(256, { parent: root() });
    const [first, second] = [take(region, 16), take(region, 16)];
    region.deallocate(second, layout);
    region.deallocate(first, layout);
    region.scope((inner) => take(inner, bytes));
    expect(release(region, second)).toBe("double-free");
  });

  test("is a double-free in the place of an earlier scope, with a shorter scope after the block", () => {
    const region = scoped(256, { parent: root() });
    region.scope((inner) => take(inner, 128));
    const [first, second] = [take(region, 16), take(region, 16)];
    region.deallocate(second, layout);
    region.deallocate(first, layout);
    region.scope((inner) => take(inner, 8));
    expect(release(region, second)).toBe("double-free");
  });
});

test("a block of an earlier scope is reported as one of an ended scope, even if a later scope started exactly at its end", () => {
  const region = scoped(256, { parent: root() });
  const closed = region.scope((inner) => Array.from({ length: 4 }, () => take(inner, 16)))[3]!;
  const own = take(region, 16);
  region.deallocate(own, layout);
  region.scope((inner) => take(inner, 16));
  expect(release(region, closed)).toBe("closed-scope");
});

test("a chunk that was given back is no longer owned, whichever chunk it was", () => {
  const region = scoped(64, { parent: root(), grow: true });
  const gone = region.scope((inner) => [100, 200, 400, 800].map((size) => take(inner, size)));
  expect(gone.map((ptr) => region.owns(ptr))).toEqual([false, false, false, false]);
});

test("blocks visits the chunks by address, not by age", () => {
  const parent = root(2 ** 21);
  const low = take(parent, 65536);
  const region = scoped(2 ** 20, { parent, grow: true });
  const high = take(region, 2 ** 20, 1);
  take(parent, 2 ** 21 - (low + 65536) - 2 ** 20);
  parent.deallocate(low, Layout.of(65536));
  take(region, 8192, 1);
  const starts: number[] = [];
  region.blocks((ptr, _, state) => state === "live" && starts.push(ptr));
  expect(starts).toEqual([low, high]);
});

describe("a block released out of order, at the tip since the block after it was released,", () => {
  const opened = () => {
    const region = scoped(256, { parent: root() });
    const [first, second] = [take(region, 16), take(region, 16)];
    region.deallocate(first, layout);
    region.deallocate(second, layout);
    return { region, first };
  };

  test("is released once: again is a double-free", () => {
    const { region, first } = opened();
    expect(release(region, first)).toBe("double-free");
  });

  test("is not resized in place: that is a double-free", () => {
    const { region, first } = opened();
    expect(codeThrown(() => region.resizeInPlace(first, layout, Layout.of(8)))).toBe("double-free");
  });
});

test("two blocks released as one, of which the second was released before, give their place back", () => {
  const region = scoped(256, { parent: root() });
  const [first, second, third] = [take(region, 8), take(region, 8), take(region, 8)];
  region.deallocate(second, Layout.of(8));
  region.deallocate(third, Layout.of(8));
  region.deallocate(first, layout);
  region.check();
  expect(take(region, 8)).toBe(first);
});

test("an address is not taken for a position in a chunk that lies lower than its positions", () => {
  const parent = root(2 ** 21);
  const low = take(parent, 65536);
  const region = scoped(2 ** 20, { parent, grow: true });
  take(region, 2 ** 20, 1);
  take(parent, 2 ** 21 - (low + 65536) - 2 ** 20);
  parent.deallocate(low, Layout.of(65536));
  take(region, 64);
  const [, tip, , , shift] = region.describeSelf().state.words as unknown as [0, number, 0, 0, number];
  expect(release(region, (tip - shift - 16) as Ptr)).toBe("foreign-pointer");
});
