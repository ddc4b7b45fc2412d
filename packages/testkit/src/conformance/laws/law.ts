/**
 * What a law is, and what laws share.
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

/** Tries one rule; answers why it cannot be tried on this allocator, if so. */
export interface Law {
  readonly rules: readonly RuleId[];
  /** Whether it is tried when the random programs are done, since it leaves no room for a memory to grow. */
  readonly isLast?: boolean;
  run(trial: Trial, make: Make): string | undefined;
}

/** Bytes that a law asks for. An allocator serves some: a free list the small ones, a segregate each side. */
export const PROBES: readonly number[] = [1, 16, 64, 100, 1000, 5000, 70_000];
/** So many blocks are taken for no end of room. */
const ENOUGH = 1000;
export const NO_ROOM = "it cannot be made over 2 MiB";
export const ELSEWHERE = "make does not use the parent that it is given";
export const NO_PARENT = "make takes no parent";
export const NONE_SERVED = "it serves none of the requests tried";

/** In the last 64 KiB, which nobody hands out: blocks of size 0 lie there. */
export const FOREIGN = (2 ** 32 - 32768) as Ptr;

/** Makes an allocator over a parent of the kit. Returns why there is none, if so: any other error is thrown on. */
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

/** Asks for a block of each size that is tried, and answers those that were served. */
export function served(trial: Trial): Block[] {
  return trial.probes.map((layout) => trial.allocate(layout)).filter((block) => block !== undefined);
}

/** Answers the largest layout that is served of those that are tried: few blocks of it fill an allocator. */
export function largestServed(trial: Trial, make: Make): Layout | undefined {
  return trial.another(make(), (probe) => {
    const layout = served(probe).at(-1)?.layout;
    probe.allocator.dispose();
    return layout;
  });
}

/**
 * Asks for blocks until there is no room, or there are enough. The program of a law that fills an allocator is as long as that
 * takes: each call may be the one that goes wrong, and is printed. From here on only ranges are compared: to write and read each byte
 * of a whole memory takes most of the time of a check, and random programs do it.
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

/** Answers the code of a MisuseError, another error as text, undefined for none. */
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
  return code === undefined ? "threw nothing" : `threw ${code}`;
}

export function lacks(capability: Capability): string {
  return `it has no ${capability}`;
}
