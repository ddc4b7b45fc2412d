/**
 * Placements: each kind of memory in which a leaf is tried, and the places in it where address arithmetic may fail.
 *
 *     0       64 KiB           2 GiB                             4 GiB − 64 KiB
 *     ├ never ─┤ low …          │ high: signed 32 bits end here    … edge │ never ┤
 *
 * @module
 */
import { type Allocator, Layout, Memory, orThrow, pages } from "@alloc/core";
import { describeAllocator } from "@alloc/testkit/vitest";
import { describe } from "vitest";
import { isThorough, runs } from "./runs.ts";

const MiB = 2 ** 20;
const GiB = 2 ** 30;
/** Bytes left free at the upper edge. */
const EDGE = 2 * MiB;

/** The parents of the leaves, each named after the special property of its memory. */
export const PLACEMENTS: Record<string, () => Allocator> = {
  "in a linear memory": () => pages(Memory.linear({ maximum: 4 * MiB })),
  "in a shared memory": () => pages(Memory.linear({ initial: 65536, maximum: 4 * MiB, shared: true })),
  "in an ArrayBuffer": () => pages(Memory.over(new ArrayBuffer(2 * MiB))),
  "in a part of a guest's memory": () => {
    const guest = new WebAssembly.Memory({ initial: 48, maximum: 64 });
    return pages(Memory.over(guest, { from: MiB }));
  },
  "across 2 GiB": () => after(pages(Memory.linear()), 2 * GiB - 128 * 1024),
  "above 2 GiB": () => after(pages(Memory.linear()), 2 * GiB),
  "at the upper edge of 4 GiB, without bytes": () => after(pages(Memory.virtual(4 * GiB)), 4 * GiB - 65536 - EDGE),
};

/** Every placement where tests are thorough; else a usual memory, the sign bit of an address, and the upper edge. */
export const TRIED = Object.entries(PLACEMENTS).filter((_, index) => isThorough || [0, 4, 6].includes(index));

/** Declares the tests of a leaf in the placements. */
export function describeLeaf(name: string, make: (parent: Allocator) => Allocator): void {
  for (const [place, parentOf] of TRIED) {
    const parent = parentOf();
    describeAllocator(`${name} ${place}`, make, { programs: runs(60), parent });
  }
}

/** Chains by their expressions, each over a parent. */
export type Chains = Readonly<Record<string, (parent: Allocator) => Allocator>>;

/**
 * Declares the tests of chains. Their leaves are tried in the placements on their own, so each chain is tried in one of them, the next
 * chain in the next one; if tests are thorough, in two.
 *
 * @param few - enough of them to try each combinator
 * @param more - tried only if tests are thorough
 */
export function describeChains(few: Chains, more: Chains = {}): void {
  const places = Object.entries(PLACEMENTS);
  for (const [index, [name, make]] of Object.entries({ ...few, ...more }).entries()) {
    describe("the kit", { tags: name in more ? ["thorough"] : [] }, () => {
      for (let turn = 0; turn < (isThorough ? 2 : 1); turn++) {
        const [place, parentOf] = places[(index + turn) % places.length]!;
        const parent = parentOf();
        describeAllocator(`${name} ${place}`, make, { programs: runs(60), parent });
      }
    });
  }
}

/**
 * Like {@link describeLeaf}, for tests that make more than one allocator, which the kit's own parents do not support: in every
 * placement, or in the first if tests are not thorough.
 */
export function describePlaced(name: string, make: (parent: Allocator) => Allocator): void {
  for (const [place, parentOf] of TRIED.slice(0, isThorough ? undefined : 1)) {
    const parent = parentOf();
    describeAllocator(`${name} ${place}`, () => make(parent), { programs: runs(60) });
  }
}

/** Takes up all memory below an address. */
function after(root: Allocator, address: number): Allocator {
  const ballast = Layout.of(address - 65536, 4096);
  orThrow(root.allocate(ballast), ballast);
  return root;
}
