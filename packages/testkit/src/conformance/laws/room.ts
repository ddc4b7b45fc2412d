/**
 * Laws of room: use the memory up to its last byte, and give it back.
 *
 *     bands      8 16 24 … 56,320 65,536     one block of each size class that a heap may have
 *     then       ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓│    the largest size served, half of it, … 1 byte, until nothing is served
 *     the end    no block ends behind it, nor can the last one be resized so that it does
 *     each size  released and requested again: there is room for it, or for half of it, nowhere else
 *
 * An arena frees no single block, which is not a violation: but an allocator that frees one size must free all. Half the size is
 * enough, because a search by size class may miss a block that just fits (TLSF).
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { leavesOf } from "@alloc/core/author";
import { expectRule } from "../rules.ts";
import type { Block } from "../shadow.ts";
import { newRoot } from "../stand.ts";
import { codeOf, type Trial } from "../trial.ts";
import { type Law, PROBES, tryToMake } from "./law.ts";
import { parentsOf } from "./life.ts";

/** Eight classes per doubling, as in the finest heaps, and the sizes that laws request. */
const BANDS: readonly Layout[] = bands();
const LARGEST_BAND = Math.max(...BANDS.map(({ size }) => size));
/** The code that fills an allocator in the printed program. */
const FILLING: readonly string[] = [
  `const bands = [${BANDS.map(({ size, align }) => (align === 8 ? size : `[${size}, ${align}]`)).join(", ")}];`,
  "const blocks = bands.map((band) => (Array.isArray(band) ? a.allocate(Layout.of(...band)) : a.allocate(Layout.of(band, 8))));",
  "for (let size = 2 ** 31; size >= 1; ) if (blocks[blocks.push(a.allocate(Layout.of(size, 1))) - 1] === 0) size = Math.floor(size / 2);",
];
/** An allocator that serves this many blocks counts as unbounded. */
const MOST_BLOCKS = 3000;
/** A memory with more room than this is not filled if a smaller one can be used. */
const LARGE = 2 ** 25;
/** Maximum distance between the first two blocks beyond their size: a header, and rounding. */
const NEAR = 128;
/** Number of attempts to allocate again: some allocators refuse now and then. */
const ASKED = 4;
/** Maximum number of bytes by which the last block grows. */
const FEW = 16;

const toTheEnd: Law = {
  rules: ["1.2", "1.8"],
  isLast: true,
  run(trial, make) {
    const parents = parentsOf(trial.allocator);
    const held = parents.reduce((sum, parent) => sum + parent.footprint().held, 0);
    const isLarge = trial.allocator.memory.maximum - held > LARGE;
    if (!isLarge || !make.takesParent) return useAll(trial);
    // A smaller memory takes less time, and leaves the memory of the check alone.
    const small = tryToMake(make, newRoot());
    return typeof small === "string"
      ? undefined
      : trial.another(small, (other) => {
          const untried = useAll(other);
          other.allocator.dispose();
          return untried;
        });
  },
};

/** Uses all room, checks where it ends, and gives it back. */
function useAll(trial: Trial): string | undefined {
  const { shadow } = trial;
  // Only placement matters here.
  shadow.bytes = undefined;
  const asked: (Block | undefined)[] = [];
  const isFull = inShort(trial, FILLING, () => {
    for (const layout of BANDS) asked.push(trial.allocate(layout));
    return exhaust(trial, asked);
  });
  const { length } = trial.log;
  stretchLast(trial);
  trial.log.splice(length, trial.log.length - length, `// the last block was grown by up to ${FEW} bytes`);
  const untried = isFull ? giveBack(trial, asked) : "its room is unbounded";
  for (const block of [...shadow.blocks]) trial.deallocate(block, block.layout);
  return untried;
}

/** Tests that the first block is not at address 0, which cannot be told from NULL. */
const notAtZero: Law = {
  rules: ["1.2"],
  run(trial, make) {
    const seconds: string[] = [];
    for (const size of [64, 100, 1000]) {
      const layout = Layout.of(size, 8);
      const second = trial.another(make(), (fresh) => secondAfterZero(fresh, layout));
      if (second === "served") return undefined;
      if (second !== undefined) seconds.push(`a.allocate(${codeOf(layout)}) returns 0 and then ${second}`);
    }
    if (seconds.length > 0) trial.note("[a.allocate(Layout.of(64, 8)), a.allocate(Layout.of(64, 8))];");
    expectRule("1.2", seconds.length === 0, () => {
      return `${seconds.join(", ")}: a block is at address 0, which is NULL. Addresses start at 16; for offsets from 0 use Memory.virtual(bytes, { base })`;
    });
    return undefined;
  },
};

/** Allocates twice. Returns the second address if it is right behind a block at 0, and "served" if both are elsewhere. */
function secondAfterZero(trial: Trial, layout: Layout): number | "served" | undefined {
  const first = trial.allocate(layout);
  const second = first === undefined ? trial.allocate(layout) : undefined;
  trial.allocator.dispose();
  if (first !== undefined) return "served";
  if (second === undefined) return undefined;
  return second.ptr >= layout.size && second.ptr <= layout.size + NEAR ? second.ptr : "served";
}

export const ROOM_LAWS: readonly Law[] = [notAtZero];
export const LAST_LAWS: readonly Law[] = [toTheEnd];

/** Allocates until not even one byte is served, and appends what each request returned. Returns whether it got that far. */
function exhaust(trial: Trial, asked: (Block | undefined)[]): boolean {
  for (let size = 2 ** 31; size >= 1; ) {
    if (trial.shadow.blocks.length >= MOST_BLOCKS) return false;
    const block = trial.allocate(Layout.of(size, 1));
    asked.push(block);
    if (block === undefined) size = Math.floor(size / 2);
  }
  return true;
}

/** Grows the block at the highest address by a few bytes. */
function stretchLast(trial: Trial): void {
  for (let more = 1; more <= FEW; more++) {
    for (const call of ["resizeInPlace", "grow"] as const) {
      const last = trial.shadow.blocks.at(-1);
      if (last === undefined) return;
      const to = Layout.of(last.layout.size + more, last.layout.align);
      if (call === "grow") {
        if (trial.allocator.memory.canCopy) trial.resize(last, last.layout, to, call);
      } else if (trial.has(call)) trial.resizeInPlace(last, to);
    }
  }
}

/** Releases a block of each band, and of each larger size that was served, and allocates it again. */
function giveBack(trial: Trial, asked: readonly (Block | undefined)[]): string | undefined {
  const live = new Set(trial.shadow.blocks);
  const lost: Block[] = [];
  let back = 0;
  const youngest = asked.findLast((block) => block !== undefined);
  for (const block of [...asked.slice(0, BANDS.length), ...largerThanBands(asked)]) {
    // The last block may have moved, and is the only one an arena frees: the one at the highest address, or the youngest.
    if (block === undefined || !live.has(block) || block === trial.shadow.blocks.at(-1) || block === youngest) continue;
    const isBack = inShort(trial, [], () => {
      trial.deallocate(block, block.layout);
      return isServed(trial, block.layout) || isServed(trial, halfOf(block.layout));
    });
    if (isBack) back++;
    else lost.push(block);
  }
  if (back === 0) return "releasing a block makes no room";
  // Each member may free or not, and it is unknown which one served a block.
  if (leavesOf(trial.allocator).length > 1) return lost.length > 0 ? "its members differ" : undefined;
  for (const block of lost.slice(0, 1)) {
    const { layout } = block;
    trial.note(`a.deallocate(blocks[${asked.indexOf(block)}], ${codeOf(layout)});`);
    trial.note(`a.allocate(${codeOf(layout)});`);
    trial.note(`a.allocate(${codeOf(halfOf(layout))});`);
  }
  expectRule("1.8", lost.length === 0, () => {
    const sizes = lost.map(({ layout }) => layout.size);
    const shown = sizes.length > 8 ? `${sizes.slice(0, 8).join(", ")}, …` : sizes.join(", ");
    return `when full, releasing ${lost.length} of ${back + lost.length} blocks made no room for another one: those of ${shown} bytes`;
  });
  return undefined;
}

/** Returns the first block of each size above those of the bands. */
function largerThanBands(asked: readonly (Block | undefined)[]): Block[] {
  const first = new Map<number, Block>();
  for (const block of asked.slice(BANDS.length).reverse()) if (block !== undefined) first.set(block.layout.size, block);
  return [...first.values()].filter(({ layout }) => layout.size > LARGEST_BAND);
}

function isServed(trial: Trial, layout: Layout): boolean {
  for (let times = 0; times < ASKED; times++) if (trial.allocate(layout) !== undefined) return true;
  return false;
}

function halfOf({ size, align }: Layout): Layout {
  return Layout.of(Math.ceil(size / 2), align);
}

/** Makes hundreds of calls, which the printed program sums up. */
function inShort<T>(trial: Trial, code: readonly string[], calls: () => T): T {
  const { log } = trial;
  const { length } = log;
  try {
    return calls();
  } finally {
    log.splice(length, log.length - length, ...code);
  }
}

function bands(): Layout[] {
  const sizes = new Set(PROBES);
  for (let size = 8; size <= 128; size += 8) sizes.add(size);
  for (let power = 128; power < 65536; power *= 2) {
    for (let eighth = 1; eighth <= 8; eighth++) sizes.add(power + (eighth * power) / 8);
  }
  const plain = [...sizes].sort((a, b) => a - b).map((size) => Layout.of(size, 8));
  return [...plain, Layout.of(64, 64), Layout.of(256, 256), Layout.of(4096, 4096)];
}
