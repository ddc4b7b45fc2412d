/**
 * The workloads made here: the usual loops, and the families behind the plots.
 *
 *     pair      a f a f …                        one block at a time
 *     lifo      a a a … f f f …                  a stack
 *     churn     a a a … │ f a f a f a … │ f f    a full table, with random blocks replaced: the middle is timed
 *
 * Sizes that vary are equally likely in each octave. Numbers follow from a seed, with integer arithmetic only.
 *
 * @module
 */
import { WORKLOADS } from "@alloc/testkit";
import { ALLOCATE, type Columns, columnsOf, emptyColumns, RELEASE } from "./columns.ts";
import type { Source } from "./stage.ts";

/** Allocates and releases one block of `size` bytes, `times` times. */
export function pair(size: number, times: number): Columns {
  return lifo(size, 1, times);
}

/** Allocates `depth` blocks of `size` bytes and releases them in reverse, `times` times. */
export function lifo(size: number, depth: number, times: number): Columns {
  const columns = emptyColumns(2 * depth * times, depth, depth * size);
  for (let index = 0; index < columns.length; index++) {
    const step = index % (2 * depth);
    if (step < depth) allocate(columns, index, step, size);
    else release(columns, index, 2 * depth - 1 - step, size);
  }
  return columns;
}

export interface Churn {
  /** Blocks live at once. */
  readonly live: number;
  readonly replacements: number;
  /** Smallest and largest size, both powers of two. */
  readonly least: number;
  readonly most: number;
  readonly align?: number;
}

/** Fills a table, replaces blocks in it (the timed part), and releases them. */
export function churn({ live, replacements, least, most, align = 0 }: Churn): Columns {
  const columns = emptyColumns(2 * (live + replacements), live, 0, live, live + 2 * replacements);
  const sizes = new Uint32Array(live);
  const octaves = Math.max(1, Math.log2(most / least));
  const next = randomOf(1);
  let [bytes, peak] = [0, 0];
  const fill = (index: number, slot: number) => {
    const octave = least * 2 ** next(octaves);
    const size = most === least ? least : octave + 1 + next(octave);
    allocate(columns, index, slot, size, align);
    sizes[slot] = size;
    bytes += size;
    peak = Math.max(peak, bytes);
  };
  const clear = (index: number, slot: number) => {
    release(columns, index, slot, sizes[slot]!, align);
    bytes -= sizes[slot]!;
  };
  for (let slot = 0; slot < live; slot++) fill(slot, slot);
  for (let index = columns.begin; index < columns.end; index += 2) {
    const slot = next(live);
    clear(index, slot);
    fill(index + 1, slot);
  }
  for (let slot = 0; slot < live; slot++) clear(columns.end + slot, slot);
  return { ...columns, peak };
}

/** Allocates a million blocks of 8 to 12 bytes at align 4, and releases them. */
export function tiny(count = 1_000_000): Columns {
  const columns = emptyColumns(2 * count, count, 0);
  const next = randomOf(1);
  let peak = 0;
  for (let slot = 0; slot < count; slot++) {
    const size = 8 + next(5);
    peak += size;
    allocate(columns, slot, slot, size, 4);
    release(columns, count + slot, slot, size, 4);
  }
  return { ...columns, peak };
}

/** The sizes of the workloads. */
export interface Scale {
  /** Most blocks live at once in the family `live`. */
  readonly live: number;
  /** The factor by which there are fewer operations than in a meaningful run. */
  readonly less: number;
}

/** The loops of the suite. */
export function loopSources({ less }: Scale): Source[] {
  const churned = { live: 10_000 / less, replacements: 200_000 / less, least: 16, most: 1024 };
  return [
    { name: "pair", about: "one block of 64 bytes at a time", make: () => pair(64, 100_000 / less) },
    { name: "lifo", about: "a stack of 1000 blocks of 64 bytes", make: () => lifo(64, 1000, 100 / less) },
    {
      name: "churn",
      about: "10,000 live blocks of 17 to 1024 bytes, replaced at random",
      make: () => churn(churned),
    },
  ];
}

/** The workloads of the testkit. */
export function kitSources({ less }: Scale): Source[] {
  return Object.values(WORKLOADS).map(({ name, stresses, make }) => ({
    name,
    about: stresses,
    make: () => columnsOf(make({ operations: 100_000 / less })),
  }));
}

/** A stack of 100 blocks of each size: time against size. */
export function sizeSources({ less }: Scale): Source[] {
  return [16, 64, 256, 1024, 4096, 16384, 65536].map((size) => ({
    name: `${size} bytes`,
    about: `a stack of 100 blocks of ${size} bytes`,
    make: () => lifo(size, 100, 500 / less),
  }));
}

/** Small blocks replaced at random, more and more of them: time against live blocks. */
export function liveSources({ live: most, less }: Scale): Source[] {
  return liveCounts(most).map((live) => ({
    name: `${live} live`,
    about: `${live} live blocks of 17 to 64 bytes, replaced at random`,
    make: () => churn({ live, replacements: 200_000 / less, least: 16, most: 64 }),
  }));
}

/** Returns the powers of ten from 1000 up to a maximum. */
export function liveCounts(most: number): number[] {
  return [1e3, 1e4, 1e5, 1e6, 1e7].filter((live) => live <= most);
}

function allocate(columns: Columns, index: number, slot: number, size: number, align = 0): void {
  columns.kinds[index] = ALLOCATE;
  columns.slot[index] = slot;
  columns.size[index] = size;
  columns.align[index] = align;
}

function release(columns: Columns, index: number, slot: number, size: number, align = 0): void {
  columns.kinds[index] = RELEASE;
  columns.slot[index] = slot;
  columns.before[index] = size;
  columns.align[index] = align;
}

/** Marsaglia's 32-bit xorshift. Draws an integer below a bound; the bias is at most bound / 2 ** 32. */
function randomOf(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}
