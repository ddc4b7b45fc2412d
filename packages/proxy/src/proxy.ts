/**
 * Proxy: an allocator that tells a logger what it does.
 *
 *     allocate     inner ── ptr ──▶ allocateSuccess(ptr, layout)
 *                        └─ NULL ─▶ allocateFail(layout)
 *     resize       inner ── next ─▶ reallocateSuccess(ptr, from, next, to)
 *                        └─ NULL ─▶ reallocateFail(ptr, from, to)
 *     release      deallocate(ptr, layout) ──▶ inner
 *
 * A release is told before it happens, while the bytes of the block are still there; all else after it has. So the logger
 * is told of no block that is not live, and one that keeps a set of blocks has exactly those that are.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  can,
  type Layout,
  type Null,
  type Power,
  type PowersOf,
  type Ptr,
  type SelfDescription,
  withPowers,
} from "@alloc/core";
import { type Resize, Watcher } from "./watcher.ts";

/**
 * What a proxy tells. Every hook may be left out. Size 0 is told nowhere: growing from it is told as an allocation,
 * shrinking to it as a release.
 */
export interface ProxyLogger {
  /** A block was handed out, by `allocate` or `allocateZeroed`. */
  allocateSuccess?(ptr: Ptr, layout: Layout): void;
  /** There was no room for a block. */
  allocateFail?(layout: Layout): void;
  /**
   * A block is about to be released. `layout` fits the block, and is not always the one that it was asked with. If the
   * release then throws, since it was misuse, it has been told all the same.
   */
  deallocate?(ptr: Ptr, layout: Layout): void;
  /** A block was resized, by `grow`, `growZeroed` or `shrink`, and lies at `next` now; that may be `ptr`. */
  reallocateSuccess?(ptr: Ptr, from: Layout, next: Ptr, to: Layout): void;
  /** There was no room to resize a block, and it is as it was. */
  reallocateFail?(ptr: Ptr, from: Layout, to: Layout): void;
  /** Every block was forgotten. */
  reset?(): void;
  /**
   * A block was resized where it lies, or, if not `done`, could not be. Without this hook the first is told as
   * `reallocateSuccess(ptr, from, ptr, to)`, so that no size goes untold, and the second, which changes nothing, is not.
   */
  resizeInPlace?(ptr: Ptr, from: Layout, to: Layout, done: boolean): void;
}

/** An allocator that tells a logger what it does. It can all that `A` can. */
export type Proxied<A extends Allocator> = Can<PowersOf<A>> & { readonly inner: A };

class ProxyMachine extends Watcher {
  readonly logger: ProxyLogger;
  /** Whether a hook is running. That is a matter of this call stack and not of the allocator, so it is no word. */
  telling = false;

  constructor(inner: Can<Power>, logger: ProxyLogger) {
    super(inner);
    this.logger = logger;
  }

  override reset(): void {
    this.inner.reset();
    if (this.telling) return;
    this.telling = true;
    try {
      this.logger.reset?.();
    } finally {
      this.telling = false;
    }
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    const done = this.inner.resizeInPlace(ptr, from, to);
    if (this.telling || from.size === 0 || to.size === 0) return done;
    this.telling = true;
    try {
      if (this.logger.resizeInPlace) this.logger.resizeInPlace(ptr, from, to, done);
      else if (done) this.logger.reallocateSuccess?.(ptr, from, ptr, to);
    } catch (error) {
      if (done) this.inner.deallocate(ptr, to);
      throw error;
    } finally {
      this.telling = false;
    }
    return done;
  }

  override describeSelf(): SelfDescription {
    return { kind: "proxy", options: {}, state: {} };
  }

  override request(layout: Layout, zeroed: boolean): Ptr | Null {
    const ptr = zeroed ? this.inner.allocateZeroed(layout) : this.inner.allocate(layout);
    if (this.telling) return ptr;
    this.telling = true;
    try {
      if (ptr !== 0) this.logger.allocateSuccess?.(ptr, layout);
      else this.logger.allocateFail?.(layout);
    } catch (error) {
      if (ptr !== 0) this.inner.deallocate(ptr, layout);
      throw error;
    } finally {
      this.telling = false;
    }
    return ptr;
  }

  override resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const next = this.inner[how](ptr, from, to);
    if (this.telling) return next;
    this.telling = true;
    try {
      if (next !== 0) this.logger.reallocateSuccess?.(ptr, from, next, to);
      else this.logger.reallocateFail?.(ptr, from, to);
    } catch (error) {
      // The caller knows only the old address, which is dead: nobody could ever release the block.
      if (next !== 0) this.inner.deallocate(next, to);
      throw error;
    } finally {
      this.telling = false;
    }
    return next;
  }

  override release(ptr: Ptr, layout: Layout): void {
    if (!this.telling) this.tellRelease(ptr, layout);
    this.inner.deallocate(ptr, layout);
  }

  tellRelease(ptr: Ptr, layout: Layout): void {
    this.telling = true;
    try {
      this.logger.deallocate?.(ptr, layout);
    } finally {
      this.telling = false;
    }
  }
}

/**
 * Puts a logger before an allocator. The answers are those of the inner allocator, to the address, and so is what it can
 * do and what misuse it sees; so a proxy may stand wherever the allocator stood. It owns the inner allocator and disposes
 * it with itself; lend that with `byRef()` to keep it. What is asked of the inner allocator directly is not told.
 *
 * A hook may use the proxy: what it does there is not told, so nothing recurs.
 *
 * A hook that throws has its error go on to the caller. After a success the block is released first, so that nothing leaks:
 * it is gone then, and after a resize that is the block which the caller had. A hook that throws before a release or after
 * a failure leaves every block as it was.
 *
 * Cost: one call for each request, and the hook. No state, and no garbage of its own.
 *
 * Source: `Proxy` and `ProxyLogger` of the `allocators` crate, whose proxy could not `owns`, and so could not stand in a
 * fallback.
 *
 * @param inner - the allocator to watch
 * @param logger - told of every request; see {@link ProxyLogger}
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { proxy } from "@alloc/proxy";
 *
 * const live = new Map<number, Layout>();
 * using list = proxy(freeList(64), {
 *   allocateSuccess: (ptr, layout) => live.set(ptr, layout),
 *   deallocate: (ptr) => live.delete(ptr),
 * });
 * const ptr = orThrow(list.allocate(Layout.of(40)), Layout.of(40));
 * live.get(ptr)?.size; // => 40
 * list.owns(ptr); // => true
 * list.deallocate(ptr, Layout.of(40));
 * live.size; // => 0
 * ```
 */
export function proxy<A extends Allocator>(inner: A, logger: ProxyLogger): Proxied<A> {
  const Machine = withPowers(ProxyMachine, (power) => can(inner, power));
  return new Machine(inner as unknown as Can<Power>, logger) as unknown as Proxied<A>;
}
