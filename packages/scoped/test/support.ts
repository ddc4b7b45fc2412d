/**
 * Shared by the tests of this package.
 *
 * @module
 */
import { type Allocator, Layout, Memory, orThrow, type Pages, type Ptr, pages } from "@alloc/core";
import { type Scoped, scoped } from "@alloc/scoped";
import { codeThrown } from "../../../checks/support/thrown.ts";

/** A separate root, so that its held bytes are exact. */
export function root(maximum = 8 * 2 ** 20): Pages {
  return pages(Memory.linear({ maximum }));
}

export function take(allocator: Allocator, size: number, align = 8): Ptr {
  return orThrow(allocator.allocate(Layout.of(size, align)), Layout.of(size, align));
}

/** Makes a region and something in it. The region of earlier, disposed ones is given back first. */
export function inRegions<A extends Allocator>(
  bytes: number,
  grow: boolean,
  use: (region: Scoped) => A,
): (parent: Allocator) => A {
  let open: { readonly region: Scoped; readonly used: A }[] = [];
  return (parent) => {
    for (const { region, used } of open) if (hasEnded(used)) region.dispose();
    open = open.filter(({ used }) => !hasEnded(used));
    const region = scoped(bytes, { parent, grow });
    const used = use(region);
    open.push({ region, used });
    return used;
  };
}

export function hasEnded(allocator: Allocator): boolean {
  return codeThrown(() => allocator.footprint()) === "disposed";
}
