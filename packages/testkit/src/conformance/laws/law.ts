/**
 * The type of laws, and their shared helpers.
 *
 * @module
 */
import type { Allocator, Capability, Layout, Ptr } from "@alloc/core";
import { printable } from "../../printable.ts";
import { isRefusal } from "../refusal.ts";
import type { RuleId } from "../rules.ts";
import type { Block } from "../shadow.ts";
import type { Make, Trial } from "../trial.ts";

export type { Make } from "../trial.ts";

/** Tests one or more rules. `run` returns the reason if they cannot be tested on this allocator. */
export interface Law {
  readonly rules: readonly RuleId[];
  /** Whether it runs after the random programs, because it leaves the memory no room to grow. */
  readonly isLast?: boolean;
  run(trial: Trial, make: Make): string | undefined;
}

/**
 * Sizes that laws request, in bytes. Each kind of allocator serves some: a free list the small ones, a segregate some on each
 * side.
 */
export const PROBES: readonly number[] = [1, 16, 64, 100, 1000, 5000, 70_000];
/** An allocator that serves this many blocks counts as unbounded. */
const ENOUGH = 1000;
export const NO_ROOM = "it cannot be made over 2 MiB";
export const ELSEWHERE = "make does not use the parent passed to it";
export const NO_PARENT = "make takes no parent";
export const NONE_SERVED = "it serves none of the requested sizes";

/** In the last 64 KiB, which are never handed out: dangling addresses lie there. */
export const FOREIGN = (2 ** 32 - 32768) as Ptr;

/** Makes an allocator over a parent of the kit. Returns the reason if there is none; rethrows any other error. */
export function tryToMake(make: Make, parent: Allocator): Allocator | "refused" | typeof NO_ROOM | typeof ELSEWHERE {
  try {
    const made = make(parent);
    if (made.memory.beneath === parent.memory.beneath) return made;
    made.dispose();
    return ELSEWHERE;
  } catch (error) {
    if (isRefusal(error)) return "refused";
    if ((error as { name?: string }).name === "AllocError") return NO_ROOM;
    throw error;
  }
}

/** Requests one block per probe size, and returns those served. */
export function served(trial: Trial): Block[] {
  return trial.probes.map((layout) => trial.allocate(layout)).filter((block) => block !== undefined);
}

/** Returns the largest probe layout that is served: a few such blocks fill an allocator. */
export function largestServed(trial: Trial, make: Make): Layout | undefined {
  return trial.another(make(), (probe) => {
    const layout = served(probe).at(-1)?.layout;
    probe.allocator.dispose();
    return layout;
  });
}

/**
 * Allocates until there is no room, or enough blocks. All calls are logged, because each may be the one that fails. From here on
 * only ranges are compared: filling and verifying a whole memory would take most of the time of a check, and random programs do
 * it anyway.
 */
export function fill(trial: Trial, layout: Layout): Block[] {
  trial.shadow.bytes = undefined;
  const blocks: Block[] = [];
  while (blocks.length < ENOUGH) {
    const block = trial.allocate(layout);
    if (block === undefined) break;
    blocks.push(block);
  }
  return blocks;
}

/** Returns the code of the MisuseError that a call throws, any other error as text, undefined if it does not throw. */
export function codeThrown(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    const { name, code } = Object(error) as { name?: string; code?: string };
    return name === "MisuseError" ? code : printable(error);
  }
}

export function thrown(code: string | undefined): string {
  return code === undefined ? "did not throw" : `threw ${code}`;
}

export function lacks(capability: Capability): string {
  return `it has no ${capability}`;
}
