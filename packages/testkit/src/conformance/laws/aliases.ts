/**
 * Alias law: a chain contains each heap once, however it is wrapped or lent.
 *
 *     fallback(limit(heap.byRef(), n), heap.byRef())     a block of the second may be released by the first
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { leavesOf } from "@alloc/core/author";
import { expectRule } from "../rules.ts";
import type { Law } from "./law.ts";

const onceEach: Law = {
  rules: ["7.1", "7.2"],
  run({ allocator }) {
    expectApart(allocator, new Set());
    return undefined;
  },
};

export const ALIAS_LAWS: readonly Law[] = [onceEach];

/** Throws a violation if two members of a combinator hand out blocks of the same leaf. */
function expectApart(allocator: Allocator, seen: Set<Allocator>): void {
  if (seen.has(allocator)) return;
  seen.add(allocator);
  const owners = new Map<Allocator, number>();
  const { beneath } = allocator.memory;
  allocator.children.forEach((child, index) => {
    expectRule("7.2", child.memory.beneath === beneath, () => {
      return `member ${index + 1} of ${kindOf(allocator)} uses another memory`;
    });
    for (const leaf of leavesOf(child)) {
      const other = owners.get(leaf);
      expectRule("7.1", other === undefined, () => {
        return `members ${other! + 1} and ${index + 1} of ${kindOf(allocator)} both hand out blocks of the same ${kindOf(leaf)}`;
      });
      owners.set(leaf, index);
    }
    expectApart(child, seen);
  });
}

function kindOf(allocator: Allocator): string {
  return allocator.describeSelf().kind;
}
