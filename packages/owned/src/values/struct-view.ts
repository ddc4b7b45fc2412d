/**
 * The views of a struct: objects whose fields read and write memory.
 *
 *     light    │ window │ at │ ──▶ { get x, set x, get y, set y }      the fields are those of its class: loops
 *     full     │ get x, set x, get y, set y │ ──▶ { … }                they are its own: `value`, `at`
 *
 *     shown.value    a getter that knows 8    ──▶    Float64Array[(at + 8) >>> 3]
 *
 * The classes are made once for each struct, their getters over closures that know type and offset: to an engine that knows the
 * class, all of it is constant, however many structs a program has. A light view is gone at the end of a round of a loop before it
 * was made; a full one takes some 100 ns for each field, and then spread, `Object.keys`, `assert.deepEqual` and `toEqual` see what
 * the struct detects.
 *
 * @module
 */
import { inspectKey } from "@alloc/core";
import { VIEW } from "./alias.ts";
import { deepEquals, plainOf, printed } from "./plain.ts";
import type { Type } from "./type.ts";
import type { Accessor, Window } from "./window.ts";

export interface Member {
  readonly name: string;
  readonly type: Type<unknown>;
  /** Bytes from the start of the struct. */
  readonly offset: number;
}

export interface StructViews {
  /** It extends nothing, since that would keep engines from making no object of it. */
  readonly Light: new (
    window: Window,
    at: number,
  ) => Accessor;
  show(window: Window, at: number): Accessor;
}

export function viewsOf(title: string, members: readonly Member[]): StructViews {
  class Light implements Accessor {
    readonly "@alloc/window": Window;
    readonly "@alloc/at": number;
    constructor(window: Window, at: number) {
      this["@alloc/window"] = window;
      this["@alloc/at"] = at;
    }
  }
  describeView(Light.prototype, members);
  // Test runners compare classes by this name, and would else find no field in which two views differ.
  Object.defineProperty(Light.prototype, Symbol.toStringTag, {
    get(this: Accessor) {
      return `${title} at ${this["@alloc/at"]}`;
    },
    configurable: true,
  });
  // Test runners ask this of what they compare.
  Object.defineProperty(Light.prototype, "asymmetricMatch", {
    value(this: object, other: unknown) {
      return deepEquals(plainOf(this), other);
    },
    writable: true,
    configurable: true,
  });
  for (const { name, type, offset } of members) {
    Object.defineProperty(Light.prototype, name, { enumerable: true, configurable: true, ...type.field(offset) });
  }
  let Full: (new (window: Window, at: number) => Accessor) | undefined;
  return {
    Light,
    show(window, at) {
      Full ??= fullOf(members);
      return new Full(window, at);
    },
  };
}

/** Makes the class of the views whose fields are their own. */
function fullOf(members: readonly Member[]): new (window: Window, at: number) => Accessor {
  const own = members.map(({ name, type, offset }) => [name, ownField(type, offset)] as const);
  class Full implements Accessor {
    readonly #window: Window;
    readonly #at: number;
    constructor(window: Window, at: number) {
      this.#window = window;
      this.#at = at;
      for (let index = 0; index < own.length; index++) Reflect.defineProperty(this, own[index]![0], own[index]![1]);
    }
    get "@alloc/window"(): Window {
      return this.#window;
    }
    get "@alloc/at"(): number {
      return this.#at;
    }
  }
  describeView(Full.prototype, members);
  // As of the object that it is compared to: it has the same fields, and is to be equal.
  Object.defineProperty(Full.prototype, "constructor", { value: Object });
  return Full;
}

/** Returns the field of a full view: of what has parts it shows a full view. */
function ownField(type: Type<unknown>, offset: number): PropertyDescriptor {
  const { get, set } = type.field(offset);
  if (!type.hasParts) return { get, set, enumerable: true } as PropertyDescriptor;
  return {
    get(this: Accessor) {
      return type.show(this["@alloc/window"], this["@alloc/at"] + offset);
    },
    set,
    enumerable: true,
  } as PropertyDescriptor;
}

/** Adds to a class of views what others ask of them, by names that are in the way of no field. */
function describeView(prototype: object, members: readonly Member[]): void {
  const toJSON = function (this: Record<string, unknown>): Record<string, unknown> {
    return Object.fromEntries(members.map(({ name }) => [name, this[name]]));
  };
  const inspect = function (this: Accessor & Record<string, unknown>): unknown {
    return this["@alloc/window"].isOpen ? printed("a view", () => toJSON.call(this)) : "[a view that has ended]";
  };
  for (const [key, value] of [
    [VIEW, members.map(({ name }) => name)],
    ["toJSON", toJSON],
    [inspectKey, inspect],
  ] as const) {
    Object.defineProperty(prototype, key, { value, writable: true, configurable: true });
  }
}
