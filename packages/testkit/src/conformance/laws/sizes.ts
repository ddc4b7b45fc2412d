/**
 * Size laws: usableSize, and size 0.
 *
 * @module
 */
import { Layout, NULL } from "@alloc/core";
import { expectRule } from "../rules.ts";
import type { Block } from "../shadow.ts";
import { codeOf, type Trial } from "../trial.ts";
import { fill, type Law, largestServed, NONE_SERVED, served } from "./law.ts";

const ALIGNS = [1, 2, 4, 8, 16, 64, 4096];
/** A sparse subset, with larger sizes added. */
const SPARSE = [...Array(82).keys()]
  .map((index) => 16 * index + 1)
  .concat(powersAround(1300, 2 ** 20), 2 ** 24, 2 ** 31);
const SIZES = [...Array(1300).keys(), ...powersAround(1300, 2 ** 20)];

const sizes: Law = {
  rules: ["2.1", "2.2", "2.3", "3.4"],
  run({ allocator }) {
    for (const align of ALIGNS) {
      let largest = 0;
      for (const size of SIZES) {
        const usable = allocator.usableSize(Layout.of(size, align));
        const text = () => `usableSize(${codeOf(Layout.of(size, align))}) is ${usable}`;
        expectRule("3.4", size !== 0 || usable === 0, text);
        expectRule("2.1", usable === 0 || usable >= size, text);
        if (usable === 0) continue;
        expectRule("2.2", usable >= largest, () => `${text()}, and ${largest} for a smaller size`);
        const again = allocator.usableSize(Layout.of(usable, align));
        expectRule("2.3", again === usable, () => `${text()}, and ${again} for Layout.of(${usable}, ${align})`);
        largest = usable;
      }
    }
    return undefined;
  },
};

/** Maximum number of unservable layouts requested. */
const MOST_DENIED = 24;

/** Tests that a layout with a usable size of 0 is never served, by any method or later. */
const denied: Law = {
  rules: ["2.4"],
  run(trial, make) {
    const { allocator } = trial;
    // The content of the blocks does not matter here.
    trial.shadow.bytes = undefined;
    const layouts = deniedBy(trial);
    const ask = () => {
      for (const to of layouts) {
        const usable = allocator.usableSize(to);
        expectRule(
          "2.4",
          usable === 0,
          () => `usableSize(${codeOf(to)}) is ${usable}, and was 0 when the allocator was new`,
        );
        trial.allocate(to);
        trial.allocate(to, "allocateZeroed");
        const { blocks } = trial.shadow;
        for (const block of new Set([...blocks.slice(0, 1), ...blocks.slice(-1)])) {
          const { layout: from } = block;
          const { size, align } = from;
          if (trial.has("resizeInPlace") && to.align === align) trial.resizeInPlace(block, to);
          if (to.size < size) trial.resize(block, from, to, "shrink");
          else for (const call of ["grow", "growZeroed"] as const) trial.resize(block, from, to, call);
        }
      }
    };
    served(trial);
    ask();
    // Further chunks may have room for it.
    const layout = largestServed(trial, make);
    if (layout !== undefined) for (let count = 0; count < FURTHER; count++) trial.allocate(layout);
    ask();
    for (const block of [...trial.shadow.blocks]) trial.deallocate(block, block.layout);
    ask();
    return undefined;
  },
};

/** Returns per align the smallest layout never served, some larger ones, and some in gaps between served sizes. */
function deniedBy({ allocator }: Trial): Layout[] {
  const found: Layout[] = [];
  const isDenied = (layout: Layout) => allocator.usableSize(layout) === 0;
  for (const align of [...ALIGNS, 65536, 2 ** 20]) {
    // Finds the largest size served bit by bit, from the highest bit down.
    let served = 0;
    for (let step = 2 ** 31; step >= 1; step /= 2) {
      const size = served + step;
      if (size <= 2 ** 32 - align && !isDenied(Layout.of(size, align))) served = size;
    }
    const sizes = [...SPARSE, served + 1].filter((size) => size > 0 && size <= 2 ** 32 - align);
    const layouts = sizes.map((size) => Layout.of(size, align)).filter(isDenied);
    const step = Math.max(1, Math.floor(layouts.length / 3));
    found.push(...layouts.slice(-1), ...layouts.filter((_, index) => index % step === 0).slice(0, 3));
  }
  const step = Math.max(1, found.length / MOST_DENIED);
  return found.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

const EMPTY = Layout.of(0, 8);
/** Number of large blocks that make an allocator take further chunks. */
const FURTHER = 20;

const nothingReleased: Law = {
  rules: ["3.2"],
  run(trial) {
    const text = `a.deallocate(${EMPTY.dangling}, ${codeOf(EMPTY)});`;
    trial.call(text, "3.2", () => trial.allocator.deallocate(EMPTY.dangling, EMPTY));
    return undefined;
  },
};

const fromNothing: Law = {
  rules: ["3.3"],
  run(trial) {
    const { allocator } = trial;
    const live = served(trial);
    if (live.length === 0) return NONE_SERVED;
    for (const [index, { layout }] of live.entries()) {
      const name = `grown${index + 1}`;
      const text = `const ${name} = a.grow(${EMPTY.dangling}, ${codeOf(EMPTY)}, ${codeOf(layout)});`;
      const ptr = trial.call(text, "3.3", () => allocator.grow(EMPTY.dangling, EMPTY, layout));
      if (ptr === undefined || ptr === NULL) continue;
      const block = trial.shadow.add(name, ptr, layout, allocator.usableSize(layout));
      trial.shadow.fill(block);
      trial.resize(block, layout, EMPTY, "shrink");
    }
    trial.shadow.verifyAll("1.4");
    return undefined;
  },
};

const released: Law = {
  rules: ["3.3"],
  run(trial, make) {
    const layout = largestServed(trial, make);
    if (layout === undefined) return NONE_SERVED;
    // If a release frees nothing, as in an arena, a shrink to 0 need not either.
    const released = () =>
      trial.another(make(), (other) => {
        const room = roomAfter(other, layout, (block) => other.deallocate(block, layout));
        other.finish();
        return room;
      });
    const { byteLength } = trial.allocator.memory;
    let expected = released();
    // The memory grew during that run: repeat it, so that both runs find the same memory.
    if (trial.allocator.memory.byteLength !== byteLength) expected = released();
    const room = roomAfter(trial, layout, (block) => trial.resize(block, layout, Layout.of(0, layout.align), "shrink"));
    expectRule(
      "3.3",
      room >= expected,
      () => `after shrinking all blocks to size 0 there is room for ${room}, after releasing them for ${expected}`,
    );
    return undefined;
  },
};

/** Fills an allocator, removes all blocks, and returns how many fit then. */
function roomAfter(trial: Trial, layout: Layout, end: (block: Block) => void): number {
  for (const block of fill(trial, layout)) end(block);
  return fill(trial, layout).length;
}

export const SIZE_LAWS: readonly Law[] = [sizes, denied, nothingReleased, fromNothing, released];

function powersAround(from: number, to: number): number[] {
  const around: number[] = [];
  for (let power = 2048; power <= to; power *= 2) around.push(power - 1, power, power + 1);
  return around.filter((size) => size >= from);
}
