/**
 * ArrayItems: the view of an array in memory, by index.
 *
 * @module
 */
import { inspectKey, shown } from "@alloc/core/author";
import { OwnedError } from "../errors.ts";
import { VIEW } from "./alias.ts";
import { deepEquals, firstOf, plainOf, printed } from "./plain.ts";
import type { Items, Type, View } from "./type.ts";
import type { Window } from "./window.ts";

/** Throws unless the index is in range. */
export function requireIndex(index: number, length: number): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  const range = length === 0 ? "there are no elements" : `expected an index from 0 to ${length - 1}`;
  throw new OwnedError("index", `${range}, got ${shown(index)}`);
}

/** Returns an index as `Array.prototype.at` does: a negative one counts from the end. Throws unless it is in range. */
export function indexFrom(index: number, length: number): number {
  return Number.isInteger(index) && index >= 0 && index < length ? index : indexFromEnd(index, length);
}

function indexFromEnd(index: number, length: number): number {
  if (Number.isInteger(index) && index < 0 && index >= -length) return index + length;
  const range = length === 0 ? "there are no elements" : `expected an index from ${-length} to ${length - 1}`;
  throw new OwnedError("index", `${range}, got ${shown(index)}`);
}

/** A symbol cannot be cloned; engines quote it in the error. */
const UNCLONEABLE = Symbol.for("a view of an array in memory: clone what [...view] or get() returns; this");

export class ArrayItems<E> implements Items<E> {
  /** Makes `structuredClone` and `postMessage` refuse a view with this message: a clone would be empty. */
  readonly uncloneable: symbol = UNCLONEABLE;
  readonly #type: Type<E>;
  readonly #length: number;
  readonly #window: Window;
  readonly #at: number;

  constructor(type: Type<E>, length: number, window: Window, at: number) {
    this.#type = type;
    this.#length = length;
    this.#window = window;
    this.#at = at;
  }

  get [VIEW](): true {
    return true;
  }

  get length(): number {
    return this.#length;
  }

  get [Symbol.toStringTag](): string {
    return `array(${this.#type["@alloc/Type"]}, ${this.#length}) at ${this.#at}`;
  }

  at(index: number): View<E> {
    return this.#type.show(this.#window, this.#addressOf(indexFrom(index, this.#length)));
  }

  peek(index: number): View<E> {
    return this.#type.get(this.#window, this.#addressOf(indexFrom(index, this.#length)));
  }

  set(index: number, value: E): void {
    requireIndex(index, this.#length);
    this.#type.set(this.#window, this.#addressOf(index), value);
  }

  *[Symbol.iterator](): Iterator<View<E>> {
    const { get, layout } = this.#type;
    for (let index = 0; index < this.#length; index++) yield get(this.#window, this.#at + index * layout.size);
  }

  /** Returns the first 100 elements and the number of the others. */
  toJSON(): unknown[] {
    return firstOf(this.#length, (index) => this.at(index));
  }

  /** Called by test runners when they compare. */
  asymmetricMatch(other: unknown): boolean {
    return deepEquals(plainOf(this), other);
  }

  [inspectKey](): unknown {
    return this.#window.isOpen ? printed("a view", () => this.toJSON()) : "[a view that has ended]";
  }

  #addressOf(index: number): number {
    return this.#at + index * this.#type.layout.size;
  }
}
