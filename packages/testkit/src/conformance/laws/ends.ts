/**
 * Laws of ends: an exception stops nothing, drops may use the ending allocator, and a parent ends its tenants first.
 *
 *     a.defer(1)   a.defer(throws)   a.defer(throws)   a.defer(2)
 *     a.dispose()  ─▶ 2, both errors, 1 ─▶ all chunks are back at the parent ─▶ an AggregateError
 *
 * @module
 */
import { type Allocator, Layout } from "@alloc/core";
import { isRefusal, Refusal } from "../refusal.ts";
import { expectRule, type RuleId, Violation } from "../rules.ts";
import { newRoot, Stand } from "../stand.ts";
import { codeOf, type Trial } from "../trial.ts";
import {
  codeThrown,
  fill,
  type Law,
  lacks,
  largestServed,
  NO_PARENT,
  NONE_SERVED,
  served,
  thrown,
  tryToMake,
} from "./law.ts";
import { parentsOf } from "./life.ts";

const SMALL = Layout.of(8);

const throwingDrops: Law = {
  rules: ["9.5"],
  run(trial, make) {
    if (!trial.has("defer")) return lacks("defer");
    const layout = largestServed(trial, make);
    if (layout === undefined) return NONE_SERVED;
    const parents = parentsOf(trial.allocator);
    const held = () => parents.reduce((sum, parent) => sum + parent.footprint().held, 0);
    if (trial.has("reset")) {
      const fresh = fill(trial, layout).length;
      endByDrops(trial, "reset");
      trial.shadow.clear();
      const again = fill(trial, layout).length;
      expectRule(
        "9.5",
        again >= fresh,
        () => `after a reset whose drops threw there is room for ${again} of ${fresh} blocks`,
      );
      trial.reset();
    }
    const before = held();
    const ended = trial.another(make(), (other) => {
      served(other);
      endByDrops(other, "dispose");
      const code = codeThrown(() => other.allocator.allocate(SMALL));
      expectRule("9.5", code === "disposed", () => `a.allocate after a dispose whose drops threw ${thrown(code)}`);
      return other.allocator;
    });
    const mine = parentsOf(ended).every((parent) => parents.includes(parent));
    expectRule("9.5", !mine || held() <= before, () => {
      return `the parent holds ${held()} bytes after a dispose whose drops threw, ${before} before`;
    });
    return undefined;
  },
};

/** Ends an allocator with four drops, two of which throw. */
function endByDrops(trial: Trial, call: "reset" | "dispose"): void {
  const { allocator } = trial;
  const ran: string[] = [];
  const drop = (name: string, throws: boolean) => () => {
    ran.push(name);
    if (throws) throw new Refusal(`drop ${name}`);
  };
  for (const name of ["1", "2", "3", "4"]) {
    const throws = name === "2" || name === "3";
    trial.note(`a.defer(() => ${throws ? `{ throw new Error("${name}"); }` : "{}"});`);
    allocator.defer(drop(name, throws));
  }
  let error: unknown;
  trial.note(`a.${call}();`);
  try {
    allocator[call]();
  } catch (thrown) {
    error = thrown;
  }
  expectRule("9.5", `${ran}` === "4,3,2,1", () => {
    return `a.${call}() ran the drops ${ran.join(", ") || "none"}; expected 4, 3, 2, 1, although 3 and 2 throw`;
  });
  const errors = (error as { errors?: unknown[] } | undefined)?.errors ?? [error];
  expectRule("9.5", errors.filter((each) => isRefusal(each)).length === 2, () => {
    return `a.${call}() threw ${error}; expected an AggregateError of both drops' errors`;
  });
}

const dropsThatUse: Law = {
  rules: ["9.6"],
  run(trial, make) {
    if (!trial.has("defer")) return lacks("defer");
    if (trial.has("reset")) useInDrop(trial, "reset");
    trial.another(make(), (other) => useInDrop(other, "dispose"));
    return undefined;
  },
};

/** Ends an allocator whose drop releases a block, allocates and defers another drop. */
function useInDrop(trial: Trial, call: "reset" | "dispose"): void {
  const { allocator } = trial;
  let did = "";
  let ran = 0;
  const block = served(trial)[0];
  const use = (text: string, step: () => unknown) => {
    did = text;
    step();
  };
  trial.note(`a.defer(() => { … }); // uses a while a.${call}() runs`);
  allocator.defer(() => {
    use("a.usableSize", () => allocator.usableSize(SMALL));
    if (block !== undefined) use("a.deallocate", () => allocator.deallocate(block.ptr, block.layout));
    use("a.allocate", () => allocator.allocate(SMALL));
    use("a.defer", () => allocator.defer(() => ran++));
    ran++;
    did = "";
  });
  trial.note(`a.${call}();`);
  try {
    allocator[call]();
  } catch (error) {
    throw new Violation("9.6", `${did || `a.${call}()`} in a drop during a.${call}() threw ${error}`);
  }
  expectRule(
    "9.6",
    ran === 2,
    () => `of a drop and the drop it deferred, ${ran} completed during a.${call}(), expected 2`,
  );
  trial.shadow.clear();
}

const parentFirst: Law = {
  rules: ["9.7"],
  run(trial, make) {
    if (!make.takesParent) return NO_PARENT;
    const root = newRoot();
    for (const call of ["dispose", "reset"] as const) {
      const stand = Stand.over(root);
      const made = tryToMake(make, stand);
      if (typeof made === "string") return made;
      if (!parentsOf(made).includes(stand)) return "it does not declare its parent";
      trial.another(made, (other) => outlive(other, call, stand, root));
      stand.dispose();
    }
    return undefined;
  },
};

/** Ends the parent of an allocator, then uses the allocator. */
function outlive(trial: Trial, call: "reset" | "dispose", stand: Stand, root: Allocator): void {
  const { allocator } = trial;
  let dropped = 0;
  served(trial);
  if (trial.has("defer")) {
    allocator.defer(() => {
      allocator.usableSize(SMALL);
      dropped++;
    });
  }
  trial.call(`parent.${call}();`, "9.7", () => stand[call]());
  expectRule("9.7", !trial.has("defer") || dropped === 1, () => `its drop ran ${dropped} times when its parent ended`);
  const { held } = root.footprint();
  expectRule("9.7", held === 0, () => `${held} bytes were not returned when the parent ended`);
  // In a chain, only the members on that parent have ended. It may continue with the others.
  if (allocator.children.length > 0) return;
  const code = codeThrown(() => allocator.allocate(SMALL));
  expectRule("9.7", code === "disposed", () => `a.allocate(${codeOf(SMALL)}) after its parent ended ${thrown(code)}`);
  codeThrown(() => allocator.dispose());
  const again = codeThrown(() => allocator.dispose());
  expectRule("9.7", again === undefined, () => `a second a.dispose() after its parent ended ${thrown(again)}`);
}

const epochs: Law = {
  rules: ["9.9"],
  run(trial, make) {
    const { allocator } = trial;
    const expectEpoch = (rule: RuleId, changes: boolean, text: string, before: number, checked: Allocator) => {
      const is = checked.epoch;
      expectRule(rule, typeof is === "number" && (is !== before) === changes, () => {
        return `the epoch is ${is} after ${text}, ${before} before`;
      });
    };
    let before = allocator.epoch;
    for (const block of served(trial)) trial.deallocate(block, block.layout);
    expectEpoch("9.9", false, "requests and releases", before, allocator);
    const lent = allocator.byRef();
    if (trial.has("reset")) {
      before = allocator.epoch;
      const beforeLent = lent.epoch;
      trial.reset();
      expectEpoch("9.9", true, "a.reset()", before, allocator);
      expectEpoch("9.9", true, "a.reset(), of a.byRef(),", beforeLent, lent);
    }
    trial.another(make(), (other) => {
      if (other.allocator.isLent) return;
      const { epoch } = other.allocator;
      other.call("a.dispose();", "9.9", () => other.allocator.dispose());
      expectEpoch("9.9", true, "a.dispose()", epoch, other.allocator);
    });
    return undefined;
  },
};

export const END_LAWS: readonly Law[] = [throwingDrops, dropsThatUse, parentFirst, epochs];
