/**
 * An allocator that throws at the n-th call of one of its methods, before it does anything, and its live blocks.
 *
 * @module
 */
import { Allocator, type AllocatorParts, type Can, type Capability, type Layout, type Ptr } from "@alloc/core";

export const METHODS = [
  "allocate",
  "allocateZeroed",
  "grow",
  "growZeroed",
  "shrink",
  "deallocate",
  "usableSize",
  "owns",
  "resizeInPlace",
  "sizeAt",
  "trim",
] as const;

export type Method = (typeof METHODS)[number];

export const INJECTED = "injected";

export interface Throwing {
  readonly allocator: Can<Capability>;
  /** Its live blocks. Releasing any other address throws. */
  readonly live: ReadonlyMap<number, Layout>;
  /** Makes the n-th call of a method from now on throw: the next one for 1. */
  arm(method: Method, n: number): void;
}

export function throwing(inner: Allocator): Throwing {
  const live = new Map<number, Layout>();
  let armed: Method | undefined;
  let left = 0;
  const known = (ptr: Ptr, from: Layout) => {
    const layout = live.get(ptr);
    if (layout === undefined) throw new Error(`no block is live at ${ptr}`);
    if (from.size < layout.size) throw new Error(`${from} does not fit the block of ${layout} at ${ptr}`);
  };
  const note = (ptr: Ptr | 0, layout: Layout) => {
    if (ptr !== 0) live.set(ptr, layout);
    return ptr;
  };
  const moved = (ptr: Ptr, next: Ptr | 0, to: Layout) => {
    if (next !== 0) live.delete(ptr);
    return note(next, to);
  };
  const can = inner as Can<Capability>;
  const parts: Record<string, (...given: never[]) => unknown> = {
    allocate: (layout: Layout) => note(can.allocate(layout), layout),
    allocateZeroed: (layout: Layout) => note(can.allocateZeroed(layout), layout),
    grow(ptr: Ptr, from: Layout, to: Layout) {
      known(ptr, from);
      return moved(ptr, can.grow(ptr, from, to), to);
    },
    growZeroed(ptr: Ptr, from: Layout, to: Layout) {
      known(ptr, from);
      return moved(ptr, can.growZeroed(ptr, from, to), to);
    },
    shrink(ptr: Ptr, from: Layout, to: Layout) {
      known(ptr, from);
      return moved(ptr, can.shrink(ptr, from, to), to);
    },
    deallocate(ptr: Ptr, layout: Layout) {
      known(ptr, layout);
      can.deallocate(ptr, layout);
      live.delete(ptr);
    },
    resizeInPlace(ptr: Ptr, from: Layout, to: Layout) {
      known(ptr, from);
      const done = can.resizeInPlace(ptr, from, to);
      if (done) live.set(ptr, to);
      return done;
    },
    reset() {
      can.reset();
      live.clear();
    },
  };
  const all: Record<string, unknown> = { memory: inner.memory, detects: inner.detects, isExact: inner.isExact };
  for (const name of [...METHODS, "reset", "check", "footprint", "dispose"] as const) {
    const method = can[name as "trim"] as unknown as ((...given: never[]) => unknown) | undefined;
    if (method === undefined) continue;
    const call = parts[name] ?? method.bind(inner);
    all[name] = (...given: never[]) => {
      if (name === armed && --left === 0) throw new Error(INJECTED);
      return call(...given);
    };
  }
  const allocator = Allocator.from(all as unknown as AllocatorParts) as Can<Capability>;
  return {
    allocator,
    live,
    arm(method, n) {
      armed = method;
      left = n;
    },
  };
}

/** Returns whether an error, or one inside it, was thrown on purpose. */
export function isInjected(error: unknown): boolean {
  const { message, errors } = error as { message?: string; errors?: unknown[] };
  return message === INJECTED || (errors?.some(isInjected) ?? false);
}
