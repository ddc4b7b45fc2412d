/**
 * Random programs for one allocator, and the live blocks while one runs.
 *
 * A step names a block by any number, modulo the number of live blocks. So two allocators with the same results run
 * a program the same way.
 *
 * @module
 */
import { type Allocator, type Can, type Capability, can, Layout, Memory, type Ptr } from "@alloc/core";
import fc from "fast-check";

const CALLS = [
  "allocate",
  "allocate",
  "allocateZeroed",
  "grow",
  "growZeroed",
  "shrink",
  "resizeInPlace",
  "deallocate",
  "deallocate",
  "deallocateBySize",
  "reset",
  "trim",
] as const;

export interface Step {
  readonly call: (typeof CALLS)[number];
  readonly size: number;
  readonly align: number;
  /** Keeps the align of a resized block: otherwise it cannot stay in place. */
  readonly keeps: boolean;
  readonly block: number;
  /** Chooses a layout that fits a block: 0 for the one last requested, 1 for the largest. */
  readonly fit: number;
}

/** Random programs: sizes from 0 to 5000 bytes and sometimes more than available, aligns up to 64. */
export const programs: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    call: fc.constantFrom(...CALLS),
    size: fc.oneof(fc.nat(70), fc.nat(70), fc.nat(5000), fc.constantFrom(0, 2 ** 31)),
    align: fc.nat(6).map((log) => 2 ** log),
    keeps: fc.boolean(),
    block: fc.nat(1000),
    fit: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 60, size: "max" },
);

export interface Block {
  readonly ptr: Ptr;
  /** The layout last requested. */
  readonly layout: Layout;
}

/** A memory whose bytes are never read: programs run in it as in any other. */
export function memoryForPrograms(): Memory {
  return Memory.virtual(2 ** 20, { copy() {}, fill() {} });
}

export class Run {
  readonly allocator: Can<Capability>;
  readonly blocks: Block[] = [];

  constructor(allocator: Allocator) {
    this.allocator = allocator as Can<Capability>;
  }

  /** Runs one step and returns the result of the allocator; undefined if there is no block or capability for it. */
  step(step: Step): unknown {
    const { allocator, blocks } = this;
    const asked = Layout.of(step.size, step.align);
    if (step.call === "allocate" || step.call === "allocateZeroed")
      return this.note(allocator[step.call](asked), asked);
    if (step.call === "reset" || step.call === "trim") {
      if (!can<Allocator, Capability>(allocator, step.call)) return undefined;
      if (step.call === "reset") blocks.length = 0;
      return allocator[step.call]();
    }
    if (blocks.length === 0) return undefined;
    const index = step.block % blocks.length;
    const { ptr, layout } = blocks[index]!;
    const from = this.fitting(layout, step.fit);
    const align = step.keeps ? from.align : step.align;
    switch (step.call) {
      case "grow":
      case "growZeroed": {
        const to = Layout.of(Math.min(from.size + step.size, 2 ** 32 - align), align);
        return this.replace(index, allocator[step.call](ptr, from, to), to);
      }
      case "shrink": {
        const to = Layout.of(step.size % (from.size + 1), align);
        return this.replace(index, allocator.shrink(ptr, from, to), to);
      }
      case "resizeInPlace": {
        if (!can<Allocator, Capability>(allocator, "resizeInPlace")) return undefined;
        const to = Layout.of(step.size, align);
        const done = allocator.resizeInPlace(ptr, from, to);
        if (done) blocks[index] = { ptr, layout: to };
        return done;
      }
      case "deallocateBySize":
        if (!can<Allocator, Capability>(allocator, "sizeAt")) return undefined;
        allocator.deallocate(ptr, Layout.of(allocator.sizeAt(ptr), 1));
        return blocks.splice(index, 1);
      default:
        allocator.deallocate(ptr, from);
        return blocks.splice(index, 1);
    }
  }

  note(ptr: Ptr | 0, layout: Layout): unknown {
    if (ptr !== 0 && layout.size !== 0) this.blocks.push({ ptr, layout });
    return ptr;
  }

  replace(index: number, next: Ptr | 0, layout: Layout): unknown {
    if (next === 0) return next;
    this.blocks.splice(index, 1);
    return this.note(next, layout);
  }

  fitting(layout: Layout, fit: number): Layout {
    const slack = this.allocator.usableSize(layout) - layout.size;
    return Layout.of(layout.size + Math.floor(fit * slack), layout.align);
  }
}
