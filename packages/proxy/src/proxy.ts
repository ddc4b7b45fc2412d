/**
 * Proxy: an allocator that reports its calls to a logger.
 *
 *     allocate     inner ── ptr ──▶ allocateSuccess(ptr, layout)
 *                        └─ NULL ─▶ allocateFail(layout)
 *     resize       inner ── next ─▶ reallocateSuccess(ptr, from, next, to)
 *                        └─ NULL ─▶ reallocateFail(ptr, from, to)
 *     release      deallocate(ptr, layout) ──▶ inner
 *
 * A release is reported before it happens, while the bytes of the block are still there; everything else afterwards. So the
 * logger only ever learns of live blocks, and a logger that keeps a set of blocks has exactly the live ones.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  type Layout,
  type NameOption,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  attempt,
  hide,
  misuseOf,
  requireAllocator,
  requireLayouts,
  requireOptions,
  rethrow,
  type Wrapping,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import { type ProxyLogger, requireLogger } from "./logger.ts";
import { type Resize, Watcher } from "./watcher.ts";

/** An allocator that reports its calls to a logger. It supports the capabilities of `A`. */
export type Proxied<A extends Allocator> = Wrapping<A> & Can<CapabilitiesOf<A>>;

/** The maximum number of kept hook errors. */
const MOST_ERRORS = 8;

/** Errors of hooks that could not be thrown at once. */
class KeptErrors {
  errors: unknown[] = [];

  push(error: unknown): void {
    if (this.errors.length < MOST_ERRORS) this.errors.push(error);
  }

  /** Returns the errors and clears them. */
  take(): unknown[] {
    return this.errors.splice(0);
  }
}

class ProxyMachine extends Watcher {
  readonly logger!: ProxyLogger;
  /** Whether a hook is running. This belongs to the call stack, not to the allocator, so it is not stored in its words. */
  reporting!: boolean;
  /** The block reported to the running hook; 0 once the hook itself has released or resized it. */
  reported!: Ptr | Null;
  /** Errors that hooks threw after a resize. */
  readonly errors!: KeptErrors;

  constructor(inner: Can<Capability>, logger: ProxyLogger) {
    super(inner);
    hide(this, { logger, reporting: false, reported: 0, errors: new KeptErrors() });
  }

  override reset(): void {
    const errors: unknown[] = [];
    const isReset = this.resetInner(errors);
    if (isReset && !this.reporting) {
      this.reporting = true;
      attempt(errors, () => this.logger.reset?.());
      this.reporting = false;
    }
    errors.push(...this.errors.take());
    rethrow(errors);
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    const done = this.inner.resizeInPlace(ptr, from, to);
    if (this.reporting) {
      if (done && ptr === this.reported) this.reported = 0;
    } else if (from.size !== 0 && to.size !== 0) this.reportResizeInPlace(ptr, from, to, done);
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
    if (!this.reporting) this.reportRequest(ptr, layout);
    return ptr;
  }

  override resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const next = this.inner[how](ptr, from, to);
    if (!this.reporting) this.reportResize(ptr, from, next, to);
    else if (next !== 0 && ptr === this.reported) this.reported = 0;
    return next;
  }

  override release(ptr: Ptr, layout: Layout): void {
    if (!this.reporting) this.reportRelease(ptr, layout);
    this.inner.deallocate(ptr, layout);
    if (ptr === this.reported) this.reported = 0;
  }

  /** If the hook throws, the block is released, because the caller never learns of it. */
  reportRequest(ptr: Ptr | Null, layout: Layout): void {
    const epoch = this.epoch;
    this.reporting = true;
    this.reported = ptr;
    try {
      if (ptr !== 0) this.logger.allocateSuccess?.(ptr, layout);
      else this.logger.allocateFail?.(layout);
    } catch (error) {
      this.reporting = false;
      if (ptr === 0 || !Object.is(this.reported, ptr) || this.epoch !== epoch) throw error;
      this.undo(ptr, layout, error);
    }
    this.reporting = false;
    if (ptr !== 0 && (!Object.is(this.reported, ptr) || this.epoch !== epoch)) this.refuse(ptr);
  }

  reportRelease(ptr: Ptr, layout: Layout): void {
    const epoch = this.epoch;
    this.reporting = true;
    this.reported = ptr;
    try {
      this.logger.deallocate?.(ptr, layout);
    } catch (error) {
      this.reporting = false;
      throw error;
    }
    this.reporting = false;
    if (!Object.is(this.reported, ptr) || this.epoch !== epoch) this.refuse(ptr);
  }

  /**
   * If the hook throws, the resize stands: the caller knows only the old block, so throwing here would lose the new one. The
   * error is thrown later.
   */
  reportResize(ptr: Ptr, from: Layout, next: Ptr | Null, to: Layout): void {
    const epoch = this.epoch;
    const block = next === 0 ? ptr : next;
    this.reporting = true;
    this.reported = block;
    try {
      if (next !== 0) this.logger.reallocateSuccess?.(ptr, from, next, to);
      else this.logger.reallocateFail?.(ptr, from, to);
    } catch (error) {
      this.reporting = false;
      if (next === 0) throw error;
      this.errors.push(error);
    }
    this.reporting = false;
    if (!Object.is(this.reported, block) || this.epoch !== epoch) this.refuse(block);
  }

  /** Like `reportResize`. */
  reportResizeInPlace(ptr: Ptr, from: Layout, to: Layout, done: boolean): void {
    const epoch = this.epoch;
    this.reporting = true;
    this.reported = ptr;
    try {
      if (this.logger.resizeInPlace) this.logger.resizeInPlace(ptr, from, to, done);
      else if (done) this.logger.reallocateSuccess?.(ptr, from, ptr, to);
    } catch (error) {
      this.reporting = false;
      if (!done) throw error;
      this.errors.push(error);
    }
    this.reporting = false;
    if (!Object.is(this.reported, ptr) || this.epoch !== epoch) this.refuse(ptr);
  }

  /** Releases a block whose hook threw, and rethrows. */
  undo(ptr: Ptr, layout: Layout, error: unknown): never {
    const errors = [error];
    this.reporting = true;
    attempt(errors, () => this.inner.deallocate(ptr, layout));
    this.reporting = false;
    rethrow(errors);
    throw error;
  }

  refuse(ptr: number): never {
    throw misuseOf(
      this,
      "reentrant",
      `a hook released, resized or ended the block at ${ptr} that it was called for: a hook of a proxy must leave that block alone`,
    );
  }
}

/**
 * Puts a logger in front of an allocator. Results, addresses, capabilities and detected misuse are those of the inner allocator,
 * so a proxy can replace it anywhere. It owns the inner allocator and disposes it with itself; lend that with `byRef()` to keep
 * it. Direct calls of the inner allocator are not reported.
 *
 * A hook may use the proxy; its calls are not reported, so hooks do not recurse.
 *
 * An error of a hook reaches the caller, with every block as it was before the call: a block that was just handed out is released
 * first, and a release has not begun. Only a resize cannot be undone, and the caller would lose the block. So it stands, its
 * result is returned, and the next `check`, `reset` or `dispose` throws the error.
 *
 * If a hook releases, resizes or ends the block it is called for, the call throws MisuseError("reentrant").
 *
 * Cost: one extra call per request, and the hook. No state, and no garbage of its own.
 *
 * Source: `Proxy` and `ProxyLogger` of the `allocators` crate, whose proxy did not support `owns` and so could not stand in a
 * fallback.
 *
 * @param inner - the allocator to watch
 * @param logger - called for every request; see {@link ProxyLogger}
 * @param options - a `name`
 * @returns the watched allocator
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
export function proxy<A extends Allocator>(inner: A, logger: ProxyLogger, options: NameOption = {}): Proxied<A> {
  requireAllocator("proxy", inner, "proxy(allocator, hooks)");
  requireLogger(logger);
  requireOptions("proxy(allocator, hooks, { name })", options, ["name"]);
  const Machine = withCapabilities(ProxyMachine, (capability) => can(inner, capability));
  const make = () => new Machine(inner as unknown as Can<Capability>, logger);
  return withName(options, make) as unknown as Proxied<A>;
}
