/**
 * perform: executes one step of a random program.
 *
 * @module
 */
import { Layout } from "@alloc/core";
import type { Block } from "./shadow.ts";
import type { Step } from "./steps.ts";
import type { Trial } from "./trial.ts";

/** Executes one step and checks the invariants. Skips a step whose block or capability is missing. */
export function perform(trial: Trial, step: Step): void {
  trial.effort.operations++;
  if ("block" in step) {
    const { blocks } = trial.shadow;
    if (blocks.length > 0) performOn(trial, blocks.at(step.block % blocks.length)!, step);
  } else if (step.do === "allocate" || step.do === "allocateZeroed") {
    trial.allocate(Layout.of(step.size, step.align), step.do);
  } else if (step.do === "growMemory") trial.growMemory();
  else if (trial.has(step.do)) trial[step.do]();
  trial.checkInvariants();
}

function performOn(trial: Trial, block: Block, step: Step & { readonly block: number }): void {
  const from = "fit" in step ? fitting(block, step.fit) : block.layout;
  switch (step.do) {
    case "grow":
    case "growZeroed":
      trial.resize(block, from, layoutOf(from.size + step.by, step.align ?? from.align), step.do);
      break;
    case "shrink":
      trial.resize(block, from, Layout.of(step.to % (from.size + 1), step.align ?? from.align), "shrink");
      break;
    case "nudge": {
      const to = layoutOf(Math.max(0, from.size + step.by), from.align);
      if (step.inPlace && trial.has("resizeInPlace")) trial.resizeInPlace(block, to);
      else trial.resize(block, from, to, step.by < 0 ? "shrink" : "grow");
      break;
    }
    case "resizeInPlace":
      if (trial.has("resizeInPlace")) trial.resizeInPlace(block, Layout.of(step.size, from.align));
      break;
    case "deallocate":
      trial.deallocate(block, from);
      break;
    case "deallocateBySize":
      if (trial.has("sizeAt")) trial.deallocateBySize(block);
      break;
  }
}

/** Returns a layout that fits a block: its own for 0, the largest for 1. */
function fitting({ layout, usable }: Block, fit: number): Layout {
  return layoutOf(layout.size + Math.floor(fit * (usable - layout.size)), layout.align);
}

/** Limits the size: the largest layout of an align is less than 4 GiB. */
function layoutOf(size: number, align: number): Layout {
  return Layout.of(Math.min(size, 2 ** 32 - align), align);
}
