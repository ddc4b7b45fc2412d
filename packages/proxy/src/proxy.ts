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
  attempt,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  hide,
  type Layout,
  MisuseError,
  type Null,
  type Ptr,
  requireLayouts,
  rethrow,
  type SelfDescription,
  withCapabilities,
} from "@alloc/core";
import { printable } from "./printable.ts";
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
export type Proxied<A extends Allocator> = Can<CapabilitiesOf<A>> & { readonly inner: A };

/** Errors of hooks that are kept at most. */
const MOST_ERRORS = 8;

/** What hooks threw that could not be thrown on at once. */
class Kept {
  errors: unknown[] = [];

  push(error: unknown): void {
    if (this.errors.length < MOST_ERRORS) this.errors.push(error);
  }

  /** Returns them, and keeps none. */
  take(): unknown[] {
    return this.errors.splice(0);
  }
}

class ProxyMachine extends Watcher {
  readonly logger!: ProxyLogger;
  /** Whether a hook is running. That is a matter of this call stack and not of the allocator, so it is no word. */
  telling!: boolean;
  /** The block that the running hook is told of; 0 once the hook itself has released or resized it. */
  told!: Ptr | Null;
  /** What hooks threw after a resize. */
  readonly errors!: Kept;

  constructor(inner: Can<Capability>, logger: ProxyLogger) {
    super(inner);
    hide(this, { logger, telling: false, told: 0, errors: new Kept() });
  }

  override reset(): void {
    const errors: unknown[] = [];
    const isReset = this.resetInner(errors);
    if (isReset && !this.telling) {
      this.telling = true;
      attempt(errors, () => this.logger.reset?.());
      this.telling = false;
    }
    errors.push(...this.errors.take());
    rethrow(errors);
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    const done = this.inner.resizeInPlace(ptr, from, to);
    if (this.telling) {
      if (done && ptr === this.told) this.told = 0;
    } else if (from.size !== 0 && to.size !== 0) this.tellResizeInPlace(ptr, from, to, done);
    return done;
  }

  override check(): void {
    rethrow(this.errors.take());
    this.inner.check();
  }

  override describeSelf(): SelfDescription {
    return { kind: "proxy", options: {}, state: {} };
  }

  override close(): void {
    rethrow(this.errors.take());
  }

  override request(layout: Layout, zeroed: boolean): Ptr | Null {
    const ptr = zeroed ? this.inner.allocateZeroed(layout) : this.inner.allocate(layout);
    if (!this.telling) this.tellRequest(ptr, layout);
    return ptr;
  }

  override resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const next = this.inner[how](ptr, from, to);
    if (!this.telling) this.tellResize(ptr, from, next, to);
    else if (next !== 0 && ptr === this.told) this.told = 0;
    return next;
  }

  override release(ptr: Ptr, layout: Layout): void {
    if (!this.telling) this.tellRelease(ptr, layout);
    this.inner.deallocate(ptr, layout);
    if (ptr === this.told) this.told = 0;
  }

  /** If the hook throws, the block goes back: the caller never learns of it. */
  tellRequest(ptr: Ptr | Null, layout: Layout): void {
    const epoch = this.epoch;
    this.telling = true;
    this.told = ptr;
    try {
      if (ptr !== 0) this.logger.allocateSuccess?.(ptr, layout);
      else this.logger.allocateFail?.(layout);
    } catch (error) {
      this.telling = false;
      if (ptr === 0 || this.told !== ptr || this.epoch !== epoch) throw error;
      this.undo(ptr, layout, error);
    }
    this.telling = false;
    if (ptr !== 0 && (this.told !== ptr || this.epoch !== epoch)) this.refuse(ptr);
  }

  tellRelease(ptr: Ptr, layout: Layout): void {
    const epoch = this.epoch;
    this.telling = true;
    this.told = ptr;
    try {
      this.logger.deallocate?.(ptr, layout);
    } catch (error) {
      this.telling = false;
      throw error;
    }
    this.telling = false;
    if (this.told !== ptr || this.epoch !== epoch) this.refuse(ptr);
  }

  /**
   * If the hook throws, the resize stands: the caller knows only the old block, so whoever threw here would lose the new one. The
   * error is thrown later.
   */
  tellResize(ptr: Ptr, from: Layout, next: Ptr | Null, to: Layout): void {
    const epoch = this.epoch;
    const block = next === 0 ? ptr : next;
    this.telling = true;
    this.told = block;
    try {
      if (next !== 0) this.logger.reallocateSuccess?.(ptr, from, next, to);
      else this.logger.reallocateFail?.(ptr, from, to);
    } catch (error) {
      this.telling = false;
      if (next === 0) throw error;
      this.errors.push(error);
    }
    this.telling = false;
    if (this.told !== block || this.epoch !== epoch) this.refuse(block);
  }

  /** As `tellResize`. */
  tellResizeInPlace(ptr: Ptr, from: Layout, to: Layout, done: boolean): void {
    const epoch = this.epoch;
    this.telling = true;
    this.told = ptr;
    try {
      if (this.logger.resizeInPlace) this.logger.resizeInPlace(ptr, from, to, done);
      else if (done) this.logger.reallocateSuccess?.(ptr, from, ptr, to);
    } catch (error) {
      this.telling = false;
      if (!done) throw error;
      this.errors.push(error);
    }
    this.telling = false;
    if (this.told !== ptr || this.epoch !== epoch) this.refuse(ptr);
  }

  /** Gives a block back whose hook has thrown, and throws on. */
  undo(ptr: Ptr, layout: Layout, error: unknown): never {
    const errors = [error];
    this.telling = true;
    attempt(errors, () => this.inner.deallocate(ptr, layout));
    this.telling = false;
    rethrow(errors);
    throw error;
  }

  refuse(ptr: number): never {
    throw new MisuseError(
      "reentrant",
      `a hook released, resized or ended the block at ${ptr}, which it was told of: a hook of a proxy must leave that block alone`,
    );
  }
}

/**
 * Puts a logger before an allocator. The answers are those of the inner allocator, to the address, and so is what it can
 * do and what misuse it detects; so a proxy may stand wherever the allocator stood. It owns the inner allocator and disposes
 * it with itself; lend that with `byRef()` to keep it. What is asked of the inner allocator directly is not told.
 *
 * A hook may use the proxy: what it does there is not told, so nothing recurs.
 *
 * What a hook throws goes on to the caller, with every block as it was before the call: a block that was just handed out is
 * released first, and a release has not begun. A resize alone cannot be undone, and the caller would lose the block: so it stands,
 * its result is returned, and the next `check`, `reset` or `dispose` throws what the hook threw.
 *
 * A hook that itself releases, resizes or ends the block that it is told of makes the call throw MisuseError("reentrant").
 *
 * Cost: one call for each request, and the hook. No state, and no garbage of its own.
 *
 * Source: `Proxy` and `ProxyLogger` of the `allocators` crate, whose proxy could not `owns`, and so could not stand in a
 * fallback.
 *
 * @param inner - the allocator to watch
 * @param logger - told of every request; see {@link ProxyLogger}
 * @throws `TypeError` if the logger is not an object
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
  if (Object(logger) !== logger) {
    throw new TypeError(
      `proxy expects an object of hooks, got ${printable(String(logger), 40)}: write proxy(inner, {})`,
    );
  }
  const Machine = withCapabilities(ProxyMachine, (capability) => can(inner, capability));
  return new Machine(inner as unknown as Can<Capability>, logger) as unknown as Proxied<A>;
}
