/**
 * Laws of sizes: what usableSize says, and size 0.
 *
 * @module
 */
import { Layout, NULL } from "@alloc/core";
import { expectRule } from "../rules.ts";
import type { Block } from "../shadow.ts";
import { codeOf, type Trial } from "../trial.ts";
import { fill, type Law, largestServed, NONE_SERVED, served } from "./law.ts";

const ALIGNS = [1, 2, 4, 8, 16, 64, 4096];
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

const EMPTY = Layout.of(0, 8);

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
    // What a release does not give back, as in an arena, a shrink to 0 need not either.
    const released = () =>
      trial.another(make(), (other) => {
        const room = roomAfter(other, layout, (block) => other.deallocate(block, layout));
        other.finish();
        return room;
      });
    const { byteLength } = trial.allocator.memory;
    let expected = released();
    // The memory grew under that one: the next finds what the one that is judged will find.
    if (trial.allocator.memory.byteLength !== byteLength) expected = released();
    const room = roomAfter(trial, layout, (block) => trial.resize(block, layout, Layout.of(0, layout.align), "shrink"));
    expectRule(
      "3.3",
      room >= expected,
      () => `after all blocks were shrunk to size 0 there is room for ${room}, after their release for ${expected}`,
    );
    return undefined;
  },
};

/** Fills an allocator, does away with all blocks, and answers how many it has room for then. */
function roomAfter(trial: Trial, layout: Layout, end: (block: Block) => void): number {
  for (const block of fill(trial, layout)) end(block);
  return fill(trial, layout).length;
}

export const SIZE_LAWS: readonly Law[] = [sizes, nothingReleased, fromNothing, released];

function powersAround(from: number, to: number): number[] {
  const around: number[] = [];
  for (let power = 2048; power <= to; power *= 2) around.push(power - 1, power, power + 1);
  return around.filter((size) => size >= from);
}
