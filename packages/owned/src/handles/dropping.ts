/**
 * Dropping: one value after the other, however long the chain that hangs on it, and then the block.
 *
 *     drop(1) ─▶ drop(2) ─▶ … ─▶ drop(100) ─▶ 101 waits          the stack unwinds ──▶ drop(101) ─▶ …
 *
 * The drop function of a node disposes of the next one, so a list of a million nodes would nest a million calls. What is
 * nested deeper than {@link DEEPEST} waits until the outermost drop is done; what is not ends before the call that asked for
 * it, as written.
 *
 * An ending can be taken up in the middle: where a drop function ends the scope that the block lies in, the scope drops the rest
 * of the values, and those that wait, while their memory is still there. No value is dropped twice, and none in memory that
 * belongs to somebody else by then: each is copied out before its drop functions run.
 *
 * @module
 */
import { type Allocator, attempt, MisuseError, type Ptr, rethrow } from "@alloc/core";
import { bury } from "../values/grave.ts";
import type { Type } from "../values/type.ts";
import type { Post, Tenant } from "./scope.ts";

const DEEPEST = 100;
const waiting: Ending<never>[] = [];
let depth = 0;

/** What ends: so many values, which lie side by side in a block. */
export interface Estate<T> {
  readonly type: Type<T>;
  readonly allocator: Allocator;
  /** That of the allocator when the block was taken. */
  readonly epoch: number;
  readonly start: Ptr;
  readonly count: number;
  /** Where the scope of the allocator knows it. */
  readonly post: Post | undefined;
  /** Gives back the block. */
  readonly release: () => void;
}

export class Ending<T> implements Tenant {
  readonly estate: Estate<T>;
  /** The next value to be dropped. */
  next = 0;
  isDone = false;

  constructor(estate: Estate<T>) {
    this.estate = estate;
    if (estate.post !== undefined) estate.post.tenant = this;
  }

  /** Drops the values that are left, the first one first, and then releases the block. Throws what was thrown once all is done. */
  run(isLast = false): void {
    const { type, allocator, epoch, start, count, post, release } = this.estate;
    const errors: unknown[] = [];
    while (this.next < count) {
      if (!isLast && epoch !== allocator.epoch) errors.push(this.lost());
      else {
        const at = start + this.next++ * type.layout.size;
        attempt(errors, () => bury(type, allocator.memory, at, 1).drop());
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

  /** Gives up the values that are left, whose memory is gone. */
  lost(): MisuseError {
    const count = this.estate.count - this.next;
    this.next = this.estate.count;
    const values = count === 1 ? "a value" : `${count} values`;
    return new MisuseError(
      "disposed",
      `${values} could not be dropped: the allocator was reset or disposed of meanwhile`,
    );
  }
}

/** Drops values and releases their block, now or after the drops around it. What has no drop function ends at once. */
export function end<T>(estate: Estate<T>): void {
  if (estate.type.drop === undefined) {
    estate.post?.leave();
    estate.release();
    return;
  }
  const ending = new Ending(estate);
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

/** Runs what must not wait: the end of a handle whose memory goes with its scope. */
export function atOnce(run: () => void): void {
  const around = depth;
  depth = 0;
  try {
    run();
  } finally {
    depth = around;
  }
}
