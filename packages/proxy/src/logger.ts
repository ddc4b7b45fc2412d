/**
 * Loggers: the hooks of a proxy, and which objects are taken for one.
 *
 *     { allocateSuccess(ptr, layout) { this.count++ }, count: 0 }      hooks are methods: their object may hold what they need
 *     { allocateSucess() {} }                                          refused, because nothing would ever call it
 *
 * @module
 */
import { ArgumentError, type Layout, type Ptr } from "@alloc/core";
import { requireOptions, shown } from "@alloc/core/author";

/**
 * The hooks of a proxy, all optional. Size 0 is never reported: growing from it is reported as an allocation, shrinking to it as
 * a release.
 */
export interface ProxyLogger {
  /** Called after `allocate` or `allocateZeroed` returned a block. */
  allocateSuccess?(ptr: Ptr, layout: Layout): void;
  /** Called after `allocate` or `allocateZeroed` returned NULL. */
  allocateFail?(layout: Layout): void;
  /**
   * Called before a block is released. `layout` fits the block, but may differ from the one it was allocated with. Called even if
   * the release then throws because it was misuse.
   */
  deallocate?(ptr: Ptr, layout: Layout): void;
  /** Called after `grow`, `growZeroed` or `shrink` resized a block, which now lies at `next`; that may be `ptr`. */
  reallocateSuccess?(ptr: Ptr, from: Layout, next: Ptr, to: Layout): void;
  /** Called after a resize returned NULL, which leaves the block unchanged. */
  reallocateFail?(ptr: Ptr, from: Layout, to: Layout): void;
  /** Called after a reset ended all blocks. */
  reset?(): void;
  /**
   * Called after `resizeInPlace`; `done` is its result. Without this hook a successful call is reported as
   * `reallocateSuccess(ptr, from, ptr, to)`, so that no size goes unreported. A failed one, which changes nothing, is not.
   */
  resizeInPlace?(ptr: Ptr, from: Layout, to: Layout, done: boolean): void;
}

/** The names of all hooks. */
const HOOKS: readonly string[] = [
  "allocateSuccess",
  "allocateFail",
  "deallocate",
  "reallocateSuccess",
  "reallocateFail",
  "reset",
  "resizeInPlace",
] satisfies (keyof ProxyLogger)[];

/** Throws unless a value is a logger, without functions that are no hooks. */
export function requireLogger(logger: unknown): asserts logger is ProxyLogger {
  const isOne = (typeof logger === "object" && logger !== null) || typeof logger === "function";
  if (!isOne || Array.isArray(logger)) {
    throw new ArgumentError(
      `proxy expects an object of hooks, got ${shown(logger)}: write proxy(inner, { allocateFail })`,
    );
  }
  // Its hooks may use other fields of it, but another function is a misspelt hook.
  const functions = Object.entries(logger).filter(([, value]) => typeof value === "function");
  const hooks = Object.create(Object.getPrototypeOf(logger) as object | null) as object;
  requireOptions("proxy(inner, { allocateFail })", Object.assign(hooks, Object.fromEntries(functions)), HOOKS);
}
