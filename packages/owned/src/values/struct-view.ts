/**
 * Struct views: objects whose fields read and write memory.
 *
 *     light    │ window │ at │ ──▶ { get x, set x, get y, set y }      fields on the prototype: for loops and `peek`
 *     shown    proxy ──▶ │ window │ at │ ──▶ { … }                     own fields: for `value` and `at`
 *
 *     shown.value    a getter that knows 8    ──▶    Float64Array[(at + 8) >>> 3]
 *
 * The classes are made once per struct, and their getters are closures over type and offset: constants for an engine that knows
 * the class, however many structs a program has. A light view in a loop is usually never allocated. A shown view lets spread,
 * `Object.keys`, `assert.deepEqual` and `toEqual` see its fields; each access goes through the proxy, which takes ten times as long.
 *
 * @module
 */
import { inspectKey } from "@alloc/core/author";
import { VIEW } from "./alias.ts";
import { deepEquals, keyOf, plainOf, printed } from "./plain.ts";
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
    "@alloc/window": Window;
    readonly "@alloc/at": number;
    constructor(window: Window, at: number) {
      this["@alloc/window"] = window;
      this["@alloc/at"] = at;
    }
  }
  describeLight(Light.prototype, title, members);
  for (const { name, type, offset } of members) {
    Object.defineProperty(Light.prototype, name, { enumerable: true, configurable: true, ...type.field(offset) });
  }
  let show: StructViews["show"] | undefined;
  return {
    Light,
    show(window, at) {
      show ??= shownBy(members);
      return show(window, at);
    },
  };
}

/**
 * Makes views with own fields: each is a proxy of a light one. Defining a field of an object takes longer than making the proxy,
 * and a view from `at` is seldom kept.
 */
function shownBy(members: readonly Member[]): StructViews["show"] {
  const names = members.map(({ name }) => name);
  const own = new Map(members.map(({ name, type, offset }) => [name as PropertyKey, ownField(type, offset)]));
  class Shown implements Accessor {
    "@alloc/window": Window;
    readonly "@alloc/at": number;
    constructor(window: Window, at: number) {
      this["@alloc/window"] = window;
      this["@alloc/at"] = at;
    }
  }
  describeView(Shown.prototype, members);
  // The constructor of a plain object, so that runners find them equal to one with the same fields.
  Object.defineProperty(Shown.prototype, "constructor", { value: Object, writable: true, configurable: true });
  for (const [name, field] of own) Object.defineProperty(Shown.prototype, name, field);
  const isHidden = (name: PropertyKey) => name === "@alloc/window" || name === "@alloc/at";
  // Looks fields up in a Map: an access by a name in a variable would be slow for getters and setters.
  const handler: ProxyHandler<Shown> = {
    get(target, name) {
      const field = own.get(name);
      return field === undefined ? target[name as "@alloc/at"] : field.get!.call(target);
    },
    set(target, name, value) {
      const field = own.get(name);
      if (field === undefined) target[name as "@alloc/window"] = value;
      else field.set!.call(target, value);
      return true;
    },
    ownKeys: (target) => [...names, ...Reflect.ownKeys(target).filter((name) => !isHidden(name))],
    getOwnPropertyDescriptor(target, name) {
      return own.get(name) ?? (isHidden(name) ? undefined : Reflect.getOwnPropertyDescriptor(target, name));
    },
  };
  return (window, at) => new Proxy(new Shown(window, at), handler);
}

/** Returns the field of a view with own fields; structs and arrays in it are shown by such views too. */
function ownField(type: Type<unknown>, offset: number): PropertyDescriptor {
  const { get, set } = type.field(offset);
  if (!type.hasParts) return { get, set, enumerable: true, configurable: true } as PropertyDescriptor;
  return {
    get(this: Accessor) {
      return type.show(this["@alloc/window"], this["@alloc/at"] + offset);
    },
    set,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor;
}

/** Makes a view without own fields print and compare as a plain value. */
export function describeLight(prototype: object, title: string, members: readonly Member[]): void {
  describeView(prototype, members);
  // Test runners compare classes by this name. A view has no own fields, and those at one address of two memories differ in nothing else.
  Object.defineProperty(prototype, Symbol.toStringTag, {
    get(this: Accessor) {
      const values = () => (this["@alloc/window"].isOpen ? keyOf(this) : "[a view that has ended]");
      return `${title} at ${this["@alloc/at"]}: ${printed("a view", values)}`;
    },
    configurable: true,
  });
  Object.defineProperty(prototype, "toString", {
    value(this: Accessor) {
      return `${title} at ${this["@alloc/at"]}`;
    },
    writable: true,
    configurable: true,
  });
  // Called by test runners when they compare.
  Object.defineProperty(prototype, "asymmetricMatch", {
    value(this: object, other: unknown) {
      return deepEquals(plainOf(this), other);
    },
    writable: true,
    configurable: true,
  });
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
