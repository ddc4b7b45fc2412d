/**
 * Capability laws: owns, resizeInPlace, reset, sizeAt.
 *
 * @module
 */
import { Layout, NULL, type Ptr } from "@alloc/core";
import { bytesText } from "@alloc/core/author";
import { expectRule } from "../rules.ts";
import { codeOf } from "../trial.ts";
import { fill, type Law, lacks, largestServed, NONE_SERVED, served } from "./law.ts";

const owns: Law = {
  rules: ["3.5", "11.1"],
  run(trial) {
    if (!trial.has("owns")) return lacks("owns");
    const { allocator } = trial;
    for (let align = 1; align <= 65536; align *= 2) {
      expectRule(
        "3.5",
        !allocator.owns(Layout.of(0, align).dangling),
        () => `owns(${Layout.of(0, align).dangling}) is true, but it is the dangling address for align ${align}`,
      );
    }
    expectRule("11.1", !allocator.owns(NULL as unknown as Ptr), () => "owns(NULL) is true");
    for (const { name, ptr, usable } of served(trial)) {
      for (const offset of [0, Math.floor(usable / 2), usable - 1]) {
        const claimed = allocator.owns((ptr + offset) as Ptr);
        expectRule(
          "11.1",
          claimed,
          () => `owns is false for byte ${offset} of ${name}, which has ${bytesText(usable)} at ${ptr}`,
        );
      }
    }
    return undefined;
  },
};

const stays: Law = {
  rules: ["11.3"],
  run(trial) {
    if (!trial.has("resizeInPlace")) return lacks("resizeInPlace");
    const { allocator } = trial;
    for (const { ptr, layout } of served(trial)) {
      for (const to of [Layout.of(0, layout.align), Layout.of(layout.size, 2 * layout.align)]) {
        const text = `a.resizeInPlace(${ptr}, ${codeOf(layout)}, ${codeOf(to)})`;
        const done = trial.call(text, "11.3", () => allocator.resizeInPlace(ptr, layout, to));
        expectRule(
          "11.3",
          done === false,
          () => `${text} is ${done}, expected false if a size is 0 or the align changes`,
        );
      }
    }
    return undefined;
  },
};

const reset: Law = {
  rules: ["11.2"],
  run(trial, make) {
    if (!trial.has("reset")) return lacks("reset");
    const layout = largestServed(trial, make);
    if (layout === undefined) return NONE_SERVED;
    const fresh = fill(trial, layout).length;
    trial.reset();
    const again = fill(trial, layout).length;
    expectRule("11.2", again >= fresh, () => `after reset there is room for ${again} of ${fresh} blocks of ${layout}`);
    return undefined;
  },
};

const exact: Law = {
  rules: ["11.7"],
  run(trial) {
    if (!trial.allocator.isExact) return "it does not declare isExact";
    if (!trial.has("sizeAt")) return lacks("sizeAt");
    for (const layout of trial.probes) {
      for (const align of [1, 64, 4096]) trial.allocate(Layout.of(layout.size, align));
    }
    return undefined;
  },
};

export const CAPABILITY_LAWS: readonly Law[] = [owns, stays, reset, exact];
