/**
 * Dropping: ends values one after the other, however long the chain of owners, then their block.
 *
 *     drop(1) ─▶ drop(2) ─▶ … ─▶ drop(100) ─▶ 101 waits          the stack unwinds ──▶ drop(101) ─▶ …
 *
 * The drop function of a list node disposes of the next one, so a list of a million nodes would nest a million calls. Drops
 * nested deeper than {@link DEEPEST} are queued until the outermost one is done; others finish before the call returns.
 *
 * An ending may be interrupted: if a drop function ends the scope of the block, the scope drops the remaining and the queued
 * values while their memory is still there. No value is dropped twice, and none from memory that may be reused: each is copied
 * out before its drop functions run.
 *
 * Every value with a drop function ends here, so errors are collected without closures.
 *
 * @module
 */
import { type Allocator, MisuseError, type Ptr } from "@alloc/core";
import { rethrow } from "@alloc/core/author";
import type { Grave } from "../values/grave.ts";
import type { Type } from "../values/type.ts";
import type { Post, Tenant } from "./scope.ts";

const DEEPEST = 100;
const waiting: Ending<never>[] = [];
let depth = 0;

/** The spent handle whose values end. */
export interface Ended<T> {
  readonly type: Type<T>;
  readonly allocator: Allocator;
  /** Epoch of the allocator when the block was allocated. */
  readonly epoch: number;
  /** Copies a value out of a block. */
  graveOf(block: Ptr, index: number): Grave<T>;
  /** Releases a block, by the address of its first value. */
  releaseAt(start: Ptr): void;
}

/** Ends the values of a block: `count` of them from `start`. */
export class Ending<T> implements Tenant {
  readonly of: Ended<T>;
  readonly start: Ptr;
  readonly count: number;
  /** The entry in the scope of the allocator. */
  readonly post: Post | undefined;
  /** Index of the next value to drop. */
  next = 0;
  isDone = false;

  constructor(of: Ended<T>, start: Ptr, count: number, post: Post | undefined) {
    this.of = of;
    this.start = start;
    this.count = count;
    this.post = post;
    if (post !== undefined) post.tenant = this;
  }

  /** Drops the remaining values, first to last, then releases the block. Throws the errors at the end. */
  run(isLast = false): void {
    const { of, start, count, post } = this;
    const { allocator, epoch } = of;
    const errors: unknown[] = [];
    while (this.next < count) {
      if (!isLast && epoch !== allocator.epoch) errors.push(this.lost());
      else {
        try {
          of.graveOf(start, this.next++).drop();
        } catch (error) {
          errors.push(error);
        }
      }
    }
    if (!this.isDone) {
      this.isDone = true;
      try {
        if (epoch === allocator.epoch) of.releaseAt(start);
      } catch (error) {
        errors.push(error);
      }
      post?.leave();
    }
    rethrow(errors);
  }

  endWithScope(): void {
    atOnce(() => this.run(true));
  }

  /** Gives up the remaining values, whose memory is gone. */
  lost(): MisuseError {
    const count = this.count - this.next;
    this.next = this.count;
    const values = count === 1 ? "a value" : `${count} values`;
    return new MisuseError(
      "disposed",
      `${values} could not be dropped: the allocator was reset or disposed of meanwhile`,
    );
  }
}

/** Drops values and releases their block, now or after the surrounding drops. Values without a drop function end at once. */
export function end<T>(of: Ended<T>, start: Ptr, count: number, post: Post | undefined): void {
  if (of.type.drop === undefined) {
    post?.leave();
    of.releaseAt(start);
    return;
  }
  const ending = new Ending(of, start, count, post);
  if (depth === DEEPEST) {
    waiting.push(ending as Ending<never>);
    return;
  }
  const errors: unknown[] = [];
  depth++;
  let next: Ending<never> | undefined = ending as Ending<never>;
  while (next !== undefined) {
    try {
      next.run();
    } catch (error) {
      errors.push(error);
    }
    next = depth === 1 ? waiting.pop() : undefined;
  }
  depth--;
  rethrow(errors);
}

/** Runs an ending that must not be queued: that of a handle whose memory goes with its scope. */
export function atOnce(run: () => void): void {
  const around = depth;
  depth = 0;
  try {
    run();
  } finally {
    depth = around;
  }
}
