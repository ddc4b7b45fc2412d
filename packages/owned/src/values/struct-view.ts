/**
 * Struct views: objects whose fields read and write memory.
 *
 *     light    │ window │ at │ ──▶ { get x, set x, get y, set y }      fields on the prototype: for loops
 *     full     │ get x, set x, get y, set y │ ──▶ { … }                own fields: for `value` and `at`
 *
 *     shown.value    a getter that knows 8    ──▶    Float64Array[(at + 8) >>> 3]
 *
 * The classes are made once per struct, and their getters are closures over type and offset: constants for an engine that knows
 * the class, however many structs a program has. A light view in a loop is usually never allocated; a full view costs about 100
 * ns per field, and lets spread, `Object.keys`, `assert.deepEqual` and `toEqual` see its fields.
 *
 * @module
 */
import { inspectKey } from "@alloc/core/author";
import { VIEW } from "./alias.ts";
import { deepEquals, plainOf, printed } from "./plain.ts";
import type { Type } from "./type.ts";
import type { Accessor, Window } from "./window.ts";

export interface Member {
  readonly name: string;
  readonly type: Type<unknown>;
  /** Offset from the start of the struct, in bytes. */
  readonly offset: number;
}

export interface StructViews {
  /** Extends no class, because that would stop engines from eliding the object. */
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
  // Test runners compare classes by this name; otherwise two views would have no field that differs.
  Object.defineProperty(Light.prototype, Symbol.toStringTag, {
    get(this: Accessor) {
      return `${title} at ${this["@alloc/at"]}`;
    },
    configurable: true,
  });
  // Called by test runners when they compare.
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

/** Makes the class of views with own fields. */
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
  // The constructor of a plain object, so that runners find them equal to one with the same fields.
  Object.defineProperty(Full.prototype, "constructor", { value: Object });
  return Full;
}

/** Returns the field descriptor of a full view; nested structs and arrays are shown as full views too. */
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

/** Adds the methods that consoles and runners call, under names that no field can have. */
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
