/**
 * ArrayBlock: a block that holds a typed array.
 *
 *     heap.array(Float32Array, 3)      layout: size 12, align 4
 *     │ 0.0 │ 0.0 │ 0.0 │
 *     ├ ptr               view: a Float32Array over these bytes, another one once the memory has grown
 *
 * A view of a memory goes stale when the memory grows; an address does not. So the address is kept, and the view is made again
 * when the memory has another buffer. Comparing the epoch of the allocator shows whether the block has ended.
 *
 * @module
 */
import { ArgumentError, MisuseError, shown } from "../base/errors.ts";
import { hide } from "../base/hide.ts";
import { type Disposable, disposeKey, inspectKey } from "../base/symbols.ts";
import { type ArrayType, type ArrayView, isArrayType } from "../memory/views.ts";
import { Layout } from "../values/layout.ts";
import { NULL, type Ptr } from "../values/ptr.ts";
import { handleAllocError } from "./alloc-error.ts";
import type { Allocator } from "./allocator.ts";

const ENDED = "its allocator was reset or disposed; dispose the array first";

type Inspect = (value: unknown, options: object) => string;

/**
 * A block that holds a typed array. Made by {@link Allocator.array}; released by `dispose` or `using`, and by nothing else: do not
 * pass its `ptr` to `deallocate` or `grow`.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 *
 * using weights = pages().array(Float32Array, 100);
 * weights.view[3] = 0.5;
 * weights.view.length; // => 100
 * weights.layout.size; // => 400
 * ```
 */
export class ArrayBlock<V extends ArrayView> implements Disposable {
  /** The address of the first element. */
  readonly ptr: Ptr;
  /** The number of elements. */
  readonly length: number;
  /** The layout of the block: the align is that of one element. */
  readonly layout: Layout;
  /** @internal */
  readonly allocator!: Allocator;
  /** @internal */
  readonly Type!: ArrayType<V>;
  /** @internal The epoch of the allocator in which the block is live; NaN if it is in none. */
  epoch!: number;
  /** @internal Why it may not be used; undefined before `dispose`. */
  reason!: string | undefined;
  /** @internal The latest view. */
  cached!: V;

  /** @internal */
  constructor(allocator: Allocator, Type: ArrayType<V>, length: number, layout: Layout, ptr: Ptr) {
    this.ptr = ptr;
    this.length = length;
    this.layout = layout;
    hide(this, {
      allocator,
      Type,
      epoch: allocator.epoch,
      reason: undefined,
      cached: allocator.memory.view(Type, ptr, length),
    });
  }

  /**
   * The elements. Read it anew after any call that may grow the memory: if it has grown, this is another object, and the earlier
   * one is stale. So compute a value first: in `array.view[i] = f()` the store is lost if `f` grows the memory.
   *
   * @throws {@link MisuseError} `disposed` after `dispose`, and after a reset or the end of the allocator
   */
  get view(): V {
    const { allocator, cached } = this;
    if (this.epoch !== allocator.epoch) this.refuse(this.reason ?? ENDED);
    return cached.buffer === allocator.memory.u8.buffer ? cached : this.renew();
  }

  /**
   * Releases the block. A second call does nothing.
   *
   * @throws {@link MisuseError} `disposed` if the block has already ended with a reset or the end of the allocator, whether or not
   *   its view was read since; any misuse that the allocator detects
   */
  dispose(): void {
    if (this.reason !== undefined) return;
    const { allocator } = this;
    if (this.epoch !== allocator.epoch) {
      this.reason = ENDED;
      this.refuse(ENDED);
    }
    this.epoch = NaN;
    this.reason = "it was disposed";
    allocator.deallocate(this.ptr, this.layout);
  }

  /** Calls {@link dispose}, for `using`. */
  [disposeKey](): void {
    this.dispose();
  }

  /** Returns `"Float32Array(100) at 65552"`. */
  toString(): string {
    return `${this.Type.name}(${this.length}) at ${this.ptr}`;
  }

  /** Prints the view, of which consoles show the first elements. */
  [inspectKey](_depth: number, options: object, inspect?: Inspect): string {
    if (this.epoch !== this.allocator.epoch) return `${this} (ended)`;
    return inspect === undefined ? `${this}` : `${inspect(this.view, options)} at ${this.ptr}`;
  }

  /** @internal Makes the view again: the memory has grown. */
  renew(): V {
    this.cached = this.allocator.memory.view(this.Type, this.ptr, this.length);
    return this.cached;
  }

  /** @internal */
  refuse(reason: string): never {
    throw new MisuseError("disposed", `the block of ${this} has ended: ${reason}`);
  }
}

/** Makes the array of {@link Allocator.array}. */
export function arrayIn<V extends ArrayView>(allocator: Allocator, Type: ArrayType<V>, length: number): ArrayBlock<V> {
  if (!isArrayType(Type)) {
    const example = typeof Type === "number" ? Type : "length";
    throw new ArgumentError(
      `array expects a typed array constructor, got ${shown(Type)}: write array(Float32Array, ${example})`,
    );
  }
  const { BYTES_PER_ELEMENT: bytes } = Type;
  const layout = Layout.array(Layout.of(bytes, bytes), length);
  if (!allocator.memory.hasBytes) {
    throw new MisuseError(
      "no-bytes",
      `array expects a memory with bytes, got a virtual one: allocate(Layout.of(${layout.size}, ${bytes})) returns an address in it`,
    );
  }
  const ptr = allocator.allocateZeroed(layout);
  if (ptr === NULL) return handleAllocError(layout, ` for ${Type.name}(${length})`);
  return new ArrayBlock(allocator, Type, length, layout, ptr);
}
