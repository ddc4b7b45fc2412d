/**
 * Ranges: what an allocator says of its blocks, compared with what is live.
 *
 *     visited   │ live │ cached │ free │ live │      by address, none overlaps the next
 *     shadow    [ A ]                  [ B ]         each block in one live range, and of a leaf each range one block
 *
 * @module
 */
import { type Allocator, type Can, occupancy } from "@alloc/core";
import { expectRule, type RuleId } from "./rules.ts";
import type { Block } from "./shadow.ts";

const RULE: RuleId = "11.8";
const STATES = ["live", "cached", "free"];

interface Range {
  readonly ptr: number;
  readonly bytes: number;
  readonly state: string;
}

/**
 * Throws a violation unless `blocks` of an allocator visits ranges in order, and each live block in one that is live.
 *
 * @param live - sorted by address
 */
export function expectBlocks(allocator: Can<"blocks">, live: readonly Block[]): void {
  const ranges: Range[] = [];
  allocator.blocks((ptr, bytes, state) => ranges.push({ ptr, bytes, state }));
  let end = 0;
  for (const { ptr, bytes, state } of ranges) {
    const isRange = Number.isInteger(ptr) && Number.isInteger(bytes) && bytes > 0 && STATES.includes(state);
    expectRule(RULE, isRange, () => `blocks visits ${bytes} bytes at ${ptr} as ${state}`);
    expectRule(RULE, ptr >= end, () => `blocks visits a range at ${ptr} after one that ends at ${end}`);
    end = ptr + bytes;
  }
  expectLive(allocator, ranges, live);
  expectSums(allocator, ranges);
}

function expectLive(allocator: Allocator, ranges: readonly Range[], live: readonly Block[]): void {
  let at = 0;
  for (const { name, ptr, usable } of live) {
    while (at < ranges.length && ranges[at]!.ptr + ranges[at]!.bytes <= ptr) at++;
    const range = ranges[at];
    const isInside = range !== undefined && range.ptr <= ptr && ptr + usable <= range.ptr + range.bytes;
    expectRule(RULE, isInside && range.state === "live", () => {
      const which = range === undefined ? "nothing" : `${range.bytes} bytes at ${range.ptr} as ${range.state}`;
      return `${name} of ${usable} bytes at ${ptr} is live, but blocks visits ${which} there`;
    });
  }
  // Who knows each block knows also how many there are. A region does not; a wrapper may say more than its child.
  if (!allocator.isExact || allocator.children.length > 0 || !("sizeAt" in allocator)) return;
  if (allocator.sizeAt === undefined) return;
  const known = new Set<number>(live.map(({ ptr }) => ptr));
  const extra = ranges.find(({ ptr, state }) => state === "live" && !known.has(ptr));
  expectRule(
    RULE,
    extra === undefined,
    () => `blocks visits ${extra!.bytes} live bytes at ${extra!.ptr}, where no block is`,
  );
}

function expectSums(allocator: Allocator, ranges: readonly Range[]): void {
  const { live, cached, free, largestFree, fragmentation } = occupancy(allocator);
  const all = ranges.reduce((sum, { bytes }) => sum + bytes, 0);
  const { held } = allocator.footprint();
  expectRule(
    RULE,
    live + cached + free === all,
    () => `occupancy sums ${live + cached + free} bytes, blocks visits ${all}`,
  );
  // What is free behind the last byte in use is not held.
  expectRule(RULE, !(live > held), () => `blocks visits ${live} live bytes, but held is ${held}`);
  const isShare = fragmentation >= 0 && fragmentation <= 1 && largestFree <= free;
  expectRule(
    RULE,
    isShare,
    () => `fragmentation is ${fragmentation}, with ${largestFree} of ${free} free bytes in one`,
  );
}
