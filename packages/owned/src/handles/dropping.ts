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
 * @module
 */
import { type Allocator, MisuseError, type Ptr } from "@alloc/core";
import { attempt, rethrow } from "@alloc/core/author";
import { copyOut } from "../values/grave.ts";
import type { Type } from "../values/type.ts";
import type { Post, Tenant } from "./scope.ts";

const DEEPEST = 100;
const waiting: Ending<never>[] = [];
let depth = 0;

/** Values to end: `count` values side by side in a block. */
export interface Values<T> {
  readonly type: Type<T>;
  readonly allocator: Allocator;
  /** Epoch of the allocator when the block was allocated. */
  readonly epoch: number;
  readonly start: Ptr;
  readonly count: number;
  /** The entry in the scope of the allocator. */
  readonly post: Post | undefined;
  /** Releases the block. */
  readonly release: () => void;
}

export class Ending<T> implements Tenant {
  readonly values: Values<T>;
  /** Index of the next value to drop. */
  next = 0;
  isDone = false;

  constructor(values: Values<T>) {
    this.values = values;
    if (values.post !== undefined) values.post.tenant = this;
  }

  /** Drops the remaining values, first to last, then releases the block. Throws the errors at the end. */
  run(isLast = false): void {
    const { type, allocator, epoch, start, count, post, release } = this.values;
    const errors: unknown[] = [];
    while (this.next < count) {
      if (!isLast && epoch !== allocator.epoch) errors.push(this.lost());
      else {
        const at = start + this.next++ * type.layout.size;
        attempt(errors, () => copyOut(type, allocator.memory, at, 1).drop());
      }
    }
    if (!this.isDone) {
      this.isDone = true;
      if (epoch === allocator.epoch) attempt(errors, release);
      post?.leave();
    }
    rethrow(errors);
  }

  endWithScope(): void {
    atOnce(() => this.run(true));
  }

  /** Gives up the remaining values, whose memory is gone. */
  lost(): MisuseError {
    const count = this.values.count - this.next;
    this.next = this.values.count;
    const values = count === 1 ? "a value" : `${count} values`;
    return new MisuseError(
      "disposed",
      `${values} could not be dropped: the allocator was reset or disposed of meanwhile`,
    );
  }
}

/** Drops values and releases their block, now or after the surrounding drops. Values without a drop function end at once. */
export function end<T>(values: Values<T>): void {
  if (values.type.drop === undefined) {
    values.post?.leave();
    values.release();
    return;
  }
  const ending = new Ending(values);
  if (depth === DEEPEST) {
    waiting.push(ending as Ending<never>);
    return;
  }
  const errors: unknown[] = [];
  depth++;
  attempt(errors, () => ending.run());
  while (depth === 1 && waiting.length > 0) attempt(errors, () => waiting.pop()!.run());
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
