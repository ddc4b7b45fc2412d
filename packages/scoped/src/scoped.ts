/**
 * Scoped: a region where a request moves the tip up, and the end of a scope moves it back over all that came since.
 *
 *     the region   │  A  │ B │░│   C   │ D │                        │
 *                  0           start       tip                    end
 *                  ├─ outer ──┤├─ inner ──┤├── free, and the dead ──┤
 *                    locked      open
 *
 * The block at the tip is resized and released where it lies. Any other release is noted and no more: its bytes come back with
 * the scope. The outer scope is locked while an inner one is open, since a block that it handed out now would lie in the
 * inner one and end with it. All that lies above the tip is dead, so a pointer that has left its scope is seen, until the
 * tip has passed it again.
 *
 * @module
 */
import { type Allocator, AllocError, type Capabilities, Layout, LayoutError, pages } from "@alloc/core";
import { CHUNK_ALIGN } from "./chunk.ts";
import { Region } from "./region.ts";
import { Scope } from "./scope.ts";

export interface ScopedOptions {
  /** Where the chunks come from. Default: `pages()`. */
  readonly parent?: Allocator;
  /** Whether further chunks are taken when the first one is full. Default: false. */
  readonly grow?: boolean;
}

/** A scope: an allocator whose blocks all end with it. The region itself is the outermost one. */
export interface Scoped
  extends Allocator,
    Pick<Capabilities, "owns" | "reset" | "resizeInPlace" | "defer" | "check" | "blocks"> {
  /** Whether a scope is open inside of this one, which is locked then. */
  readonly isScoped: boolean;

  /**
   * Opens a scope inside of this one, which is locked until that ends. `dispose` ends it: its drops run, the last deferred
   * first, its blocks die, and every call to it throws from then on. For `using`, and where a scope has to outlast a call.
   *
   * Cost: O(1).
   *
   * @throws `MisuseError` with code `open-scope` if one is open already
   * @example
   * ```ts
   * import { Layout } from "@alloc/core";
   * import { scoped } from "@alloc/scoped";
   *
   * using region = scoped(1024);
   * {
   *   using inner = region.frame();
   *   inner.allocate(Layout.of(1000));
   *   region.isScoped; // => true
   * }
   * region.allocate(Layout.of(1000)) !== 0; // => true
   * ```
   */
  frame(): Scoped;

  /**
   * Opens a scope, calls `body` with it, and ends it, also when `body` throws: {@link frame} and `finally`.
   *
   * @param body - not async: the scope would end with its first `await`. There, write `using inner = region.frame()`
   * @returns what `body` returns. A pointer into the scope is dead by then
   * @throws what `body` throws; what a drop throws; an `AggregateError` of all if there are several, that of `body` first;
   *   `MisuseError` with code `open-scope` if a scope is open already; `TypeError` if `body` returns a promise
   * @example
   * ```ts
   * import { Layout, orThrow } from "@alloc/core";
   * import { scoped } from "@alloc/scoped";
   *
   * using region = scoped(1024);
   * const bytes = Layout.of(3);
   * const sum = region.scope((inner) => {
   *   const view = inner.memory.view(Uint8Array, orThrow(inner.allocate(bytes), bytes), 3);
   *   view.set([1, 2, 3]);
   *   return view.reduce((a, b) => a + b);
   * });
   * sum; // => 6
   * ```
   */
  scope<R>(body: (inner: Scoped) => R): R;
}

/**
 * Makes a bump region with nested scopes. It takes one chunk of `bytes` from its parent, which blocks may fill to the last
 * byte; when that is full it answers NULL, or with `grow` takes further chunks, each twice as long as the one before, and
 * gives them back when the scope that needed them ends.
 *
 * A second release of a block throws, as long as nothing else was handed out in its place. `blocks` visits ranges, since of its
 * blocks a region keeps nothing: of each chunk what was handed out as one live range, and what lies behind the tip as a free one.
 *
 * Cost: an addition for a request, a comparison for a release, nothing for a block. The words of the region are 80 bytes, 56
 * for each open scope and 16 for each chunk; and from the first release of a block that does not lie at the tip on a bit for each byte
 * below the highest such block. With `grow`, `owns` and every release below the tip look through the chunks, the last one first:
 * they are O(log n) as long as the parent has room for twice as much.
 *
 * Source: regions after Hanson (1990), nested scopes after `Scoped` of the `allocators` crate (2015).
 *
 * @param bytes - of the first chunk: an integer from 1 to 2 ** 32 − 16. It starts at a multiple of 16
 * @throws `LayoutError` if `bytes` cannot be; `AllocError` if the parent has no room
 * @example
 * ```ts
 * import { Layout } from "@alloc/core";
 * import { scoped } from "@alloc/scoped";
 *
 * using region = scoped(1024);
 * const drops: string[] = [];
 * for (let round = 0; round < 1000; round++) {
 *   region.scope((inner) => {
 *     inner.defer(() => drops.push("dropped"));
 *     inner.allocate(Layout.of(1024)); // the same bytes in every round
 *   });
 * }
 * drops.length; // => 1000
 * ```
 */
export function scoped(bytes: number, options: ScopedOptions = {}): Scoped {
  const chunk = Layout.of(bytes, CHUNK_ALIGN);
  if (bytes === 0) throw new LayoutError("size", "a scoped region needs at least 1 byte, got 0");
  const parent = options.parent ?? pages();
  const region = new Region(parent, chunk, options.grow === true);
  const ptr = parent.allocate(chunk);
  if (ptr === 0) throw new AllocError(chunk, " for a scoped region: the parent has no room");
  region.add({ ptr, layout: chunk });
  return new Scope(parent, region, []);
}
