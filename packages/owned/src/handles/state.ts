/**
 * State: the fields of a handle. Two are own properties; the rest is private with accessors.
 *
 *     Object.keys(box)      allocator, type
 *     box.address           address of the value
 *
 * @module
 */
import type { Allocator, Ptr } from "@alloc/core";
import type { Type, View } from "../values/type.ts";
import { type Window, windowOf } from "../values/window.ts";
import type { Post } from "./scope.ts";
import { Shown } from "./shown.ts";

export abstract class State<T> extends Shown {
  // First: makes `structuredClone` refuse a handle with the message of its memory.
  readonly allocator: Allocator;
  readonly type: Type<T>;
  #address: Ptr;
  readonly #base: Window;
  readonly #epoch: number;
  #spentBy: string | undefined;
  #shown: View<T> | undefined;
  #window: Window | undefined;
  #post: Post | undefined;

  constructor(type: Type<T>, allocator: Allocator, address: Ptr) {
    super();
    this.allocator = allocator;
    this.type = type;
    this.#address = (address >>> 0) as Ptr;
    this.#base = windowOf(allocator.memory);
    this.#epoch = allocator.epoch;
    this.#spentBy = undefined;
    this.#shown = undefined;
    this.#window = undefined;
    this.#post = undefined;
  }

  /** Address of the value. */
  get address(): Ptr {
    return this.#address;
  }
  set address(address: Ptr) {
    this.#address = (address >>> 0) as Ptr;
  }

  /** The window for the handle's own accesses; never closed. */
  get base(): Window {
    return this.#base;
  }

  /** Epoch of the allocator when the handle was made. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The operation that spent it; undefined while it is live. */
  get spentBy(): string | undefined {
    return this.#spentBy;
  }
  set spentBy(how: string | undefined) {
    this.#spentBy = how;
  }

  /** The cached view of `value`. */
  get shown(): View<T> | undefined {
    return this.#shown;
  }
  set shown(shown: View<T> | undefined) {
    this.#shown = shown;
  }

  /** The window of all its views; undefined until the first one. */
  get window(): Window | undefined {
    return this.#window;
  }
  set window(window: Window | undefined) {
    this.#window = window;
  }

  /** Its entry in the scope of the allocator. */
  get post(): Post | undefined {
    return this.#post;
  }
  set post(post: Post | undefined) {
    this.#post = post;
  }

  get isLive(): boolean {
    return this.#spentBy === undefined && this.#epoch === this.allocator.epoch;
  }
}
