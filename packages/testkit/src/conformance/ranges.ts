/**
 * Ranges: compares the ranges that `blocks` visits with the live blocks.
 *
 *     visited   │ live │ cached │ free │ live │      in address order, without overlap
 *     shadow    [ A ]                  [ B ]         each block in one live range; for a leaf each range is one block
 *
 * @module
 */
import { type Allocator, type Can, occupancy } from "@alloc/core";
import { bytesText } from "@alloc/core/author";
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
 * Throws a violation unless `blocks` visits ranges in order, with each live block inside a live range.
 *
 * @param live - the live blocks, sorted by address
 */
export function expectBlocks(allocator: Can<"blocks">, live: readonly Block[]): void {
  const ranges: Range[] = [];
  allocator.blocks((ptr, bytes, state) => ranges.push({ ptr, bytes, state }));
  let end = 0;
  for (const { ptr, bytes, state } of ranges) {
    const isRange = Number.isInteger(ptr) && Number.isInteger(bytes) && bytes > 0 && STATES.includes(state);
    expectRule(RULE, isRange, () => `blocks visits ${bytesText(bytes)} at ${ptr} as ${state}`);
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
      const which = range === undefined ? "nothing" : `${bytesText(range.bytes)} at ${range.ptr} as ${range.state}`;
      return `${name} of ${bytesText(usable)} at ${ptr} is live, but blocks visits ${which} there`;
    });
  }
  // An allocator that tracks single blocks also knows their number. A region does not; a wrapper may report more than its
  // child.
  if (!allocator.isExact || allocator.children.length > 0 || !("sizeAt" in allocator)) return;
  if (allocator.sizeAt === undefined) return;
  const known = new Set<number>(live.map(({ ptr }) => ptr));
  const extra = ranges.find(({ ptr, state }) => state === "live" && !known.has(ptr));
  expectRule(
    RULE,
    extra === undefined,
    () => `blocks visits ${extra!.bytes} live bytes at ${extra!.ptr}, where there is no block`,
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
  // Free space behind the last byte in use does not count as held.
  expectRule(RULE, !(live > held), () => `blocks visits ${live} live bytes, but held is ${held}`);
  const isShare = fragmentation >= 0 && fragmentation <= 1 && largestFree <= free;
  expectRule(
    RULE,
    isShare,
    () => `fragmentation is ${fragmentation}, with ${largestFree} of ${free} free bytes in one`,
  );
}
