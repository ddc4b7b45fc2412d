/**
 * Scoped: an arena with nested scopes. Allocating moves the tip up; the end of a scope moves it back to where the scope began.
 *
 *     the region   │  A  │ B │░│   C   │ D │                        │
 *                  0           start       tip                    end
 *                  ├─ outer ──┤├─ inner ──┤├──── free, or dead ─────┤
 *                    locked      open
 *
 * The block at the tip is resized and released in place. Any other release is only recorded: its bytes come back with the scope.
 * The outer scope is locked while an inner one is open, because a block from it would lie in the inner one and end with it.
 * Everything above the tip is dead, so a pointer that has left its scope is detected until the tip passes it again.
 *
 * @module
 */
import {
  type Allocator,
  AllocError,
  type Capabilities,
  Layout,
  LayoutError,
  type NameOption,
  type SharedIn,
} from "@alloc/core";
import { parentOf, requireFlag, titleFor, withName } from "@alloc/core/author";
import { CHUNK_ALIGN } from "./chunk.ts";
import { Region } from "./region.ts";
import { Scope } from "./scope.ts";

/** Options of {@link scoped}. */
export interface ScopedOptions<P extends Allocator = Allocator> extends NameOption {
  /**
   * The source of chunks.
   *
   * @defaultValue `pages()`
   */
  readonly parent?: P;
  /**
   * Whether to take further chunks when the first one is full.
   *
   * @defaultValue false
   */
  readonly grow?: boolean;
}

/** A scope: an allocator whose blocks all end with it. The arena itself is the outermost scope. */
export interface Scoped
  extends Allocator,
    Pick<Capabilities, "owns" | "reset" | "resizeInPlace" | "defer" | "check" | "blocks"> {
  /** Whether a scope is open inside this one, which is then locked. */
  readonly isScoped: boolean;

  /**
   * Opens a scope inside this one, which is locked until that one ends. `dispose` ends the inner scope: its drops run, last in,
   * first out, its blocks die, and from then on every call to it throws. For `using`, and for scopes that outlast a call.
   *
   * Cost: O(1).
   *
   * @throws `MisuseError` with code `open-scope` if one is already open
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
  frame(): this;

  /**
   * Opens a scope, calls `body` with it, and ends it, even if `body` throws: {@link frame} with `finally`.
   *
   * @param body - not async, because the scope would end at its first `await`. There, write `using inner = region.frame()`
   * @returns the result of `body`. A pointer into the scope is dead by then
   * @throws the error of `body` or of a drop; an `AggregateError` for several, the error of `body` first; `MisuseError` with code
   *   `open-scope` if a scope is already open; `TypeError` if `body` returns a promise
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
  scope<R>(body: (inner: this) => R): R;
}

/**
 * Makes an arena: a bump region with nested scopes. It takes one chunk of `bytes` from its parent, which blocks may fill to the
 * last byte. When the chunk is full it returns NULL. With `grow` it takes further chunks instead, each twice as long as the one
 * before, and releases them when the scope that needed them ends.
 *
 * Releasing a block twice throws, as long as its bytes have not been handed out again. `blocks` visits ranges, because single
 * blocks are not recorded: in each chunk one live range, and a free range after the tip.
 *
 * Cost: an addition to allocate, a comparison to release, no bytes per block. State: 152 bytes for the region, 56 per scope open
 * in it and 16 per further chunk; after the first release of a block that is not at the tip, one bit for each byte below the
 * highest such block. With `grow`, `owns` and every release below the tip search the chunks, last one first: O(log n) while the
 * parent has room to double.
 *
 * Source: regions after Hanson (1990), nested scopes after `Scoped` of the `allocators` crate (2015).
 *
 * @param bytes - bytes of the first chunk, an integer from 1 to 2 ** 32 − 16. It starts at a multiple of 16
 * @throws `LayoutError` if `bytes` is out of bounds; `AllocError` if the parent has no room
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
export function scoped<P extends Allocator = Allocator>(
  bytes: number,
  options?: ScopedOptions<P>,
): SharedIn<P["memory"], Scoped>;
export function scoped(bytes: number, options: ScopedOptions = {}): Scoped {
  const chunk = Layout.of(bytes, CHUNK_ALIGN);
  if (bytes === 0) throw new LayoutError("size", "a scoped region needs at least 1 byte, got 0");
  const parent = parentOf("scoped(bytes, { parent: pages(memory) })", options, ["parent", "grow", "name"]);
  requireFlag("scoped(bytes, { grow: true })", "grow", options.grow);
  return withName(options, () => {
    const region = new Region(parent, bytes, options.grow === true);
    const ptr = parent.allocate(chunk);
    if (ptr === 0) {
      region.recycle();
      throw new AllocError(chunk, ` for ${titleFor("a scoped region", options.name)}: the parent has no room`);
    }
    region.add({ ptr, layout: chunk });
    return new Scope(parent, region, []);
  });
}
