/**
 * Apart: whether a new member of a cascade lies apart from the others, found in as many steps as it has ancestors.
 *
 *     members      pool    pool    pool
 *     ancestors    root × 3                 a new member is none of these, and none of its ancestors is a member
 *
 * A plain member is a leaf whose ancestors are leaves, too. Those never change, so plain members and their ancestors are recorded.
 * The parts of any other member may change, as those of another cascade do: if there is such a member, each new one is compared with
 * all others.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { requireApart } from "../composable.ts";

export class Apart {
  readonly plain = new Set<Allocator>();
  /** How many plain members take their chunks from each, directly or indirectly. */
  readonly ancestors = new Map<Allocator, number>();
  /** The number of members that are not plain. */
  others = 0;

  constructor(first: Allocator) {
    this.add(first);
  }

  add(member: Allocator): void {
    const line = lineOf(member);
    if (line === undefined) this.others++;
    else {
      this.plain.add(member);
      this.count(line, 1);
    }
  }

  delete(member: Allocator): void {
    if (this.plain.delete(member)) this.count(lineOf(member)!, -1);
    else this.others--;
  }

  /**
   * Throws if a new member shares a leaf with another one, takes chunks from it, or provides its chunks.
   *
   * @param cascade - its members are asked together, not one by one: a cascade may have thousands
   * @throws `MisuseError` with code `misroute`
   */
  require(member: Allocator, cascade: Allocator): void {
    const line = this.others === 0 ? lineOf(member) : undefined;
    const isClear = line !== undefined && ![member, ...line].some((at) => this.plain.has(at));
    if (!isClear || this.ancestors.has(member)) requireApart("cascade", member, [cascade]);
  }

  count(line: readonly Allocator[], by: 1 | -1): void {
    for (const at of line) {
      const count = (this.ancestors.get(at) ?? 0) + by;
      if (count > 0) this.ancestors.set(at, count);
      else this.ancestors.delete(at);
    }
  }
}

/** Returns the ancestors of a plain member, the parent first; undefined if a member is not plain. */
function lineOf(member: Allocator): readonly Allocator[] | undefined {
  const line: Allocator[] = [];
  for (let at: Allocator | undefined = member; at !== undefined; at = at.parent) {
    // What `Allocator.from` makes may hand out blocks of its parts.
    if (at.children.length !== 0 || (at as { parts?: unknown }).parts !== undefined) return undefined;
    if (at !== member) line.push(at);
  }
  return line;
}
