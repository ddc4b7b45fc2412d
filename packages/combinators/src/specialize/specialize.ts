/**
 * Specialise: the code of a combinator once more, for children of these kinds alone. Templates, for JavaScript.
 *
 *     shared          FallbackMachine.prototype: its calls meet all children of the program, and are compiled for any
 *     specialised     Fallback<FreeList,System>.prototype ──▶ FallbackMachine.prototype
 *                     the same methods, copied: their calls meet one kind of children, and are inlined
 *
 * A shape is a class and the shapes of the children, which are there before: so one step tells shapes of any depth apart. There is
 * a copy for each shape, never for each instance: a caller of a hundred chains of one shape detects one. The copy is put under
 * the combinator before it has fields, so engines also learn what its fields hold. What cannot be copied is inherited.
 *
 * @module
 */
import { Allocator } from "@alloc/core";
import { isClosed } from "./closed.ts";
import { generate } from "./generate.ts";

type Machine = new () => object;

/** The prototypes that are part of a shape, numbered as they come. */
const numbers = new WeakMap<object, number>();
let count = 0;
/** The prototypes of what is specialised, by the numbers of the class and of the children. */
const copies = new Map<string, object>();

/**
 * Runs a function, and specialises every combinator that is made in it: calls from one to the next are then inlined, also in
 * programs that use several kinds of chains (`npm run bench -- chains` tells by how much). Answers and errors stay the same.
 *
 * Where no code may be made of texts (a strict Content-Security-Policy, Trusted Types,
 * `--disallow-code-generation-from-strings`) the combinators are made as ever. That is found out by the first one, and then
 * known. So it is beyond 256 shapes. A combinator that a cascade makes later is not specialised.
 *
 * Whoever calls many shapes from one place detects them all, and is better off without, or with a {@link Handle}.
 *
 * Cost: one class is compiled for each new shape, and none for the second instance.
 *
 * Source: templates of C++, by which the allocators of phobos are as fast as one written by hand.
 *
 * @param make - makes the allocator, its combinators and observers included; what it makes later is not specialised
 * @example
 * ```ts
 * import { fallback, specialized } from "@alloc/combinators";
 * import { Layout } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 *
 * using heap = specialized(() => fallback(freeList(64), system()));
 * heap.constructor.name; // => "Fallback<FreeList,System>"
 * heap.usableSize(Layout.of(40)); // => 40
 * ```
 */
export function specialized<A>(make: () => A): A {
  const before = Allocator.combining;
  Allocator.combining = specialize;
  try {
    return make();
  } finally {
    Allocator.combining = before;
  }
}

/** Gives a combinator without fields the code of its shape. */
function specialize(combinator: Allocator, children: readonly Allocator[]): void {
  if (children.length === 0) return;
  const shape = [combinator, ...children].map(numberOf).join();
  const copy = copies.get(shape) ?? copyOf(combinator, children);
  if (copy === undefined) return;
  copies.set(shape, copy);
  Object.setPrototypeOf(combinator, copy);
}

function numberOf(instance: object): number {
  const prototype = Object.getPrototypeOf(instance);
  const number = numbers.get(prototype) ?? ++count;
  numbers.set(prototype, number);
  return number;
}

function copyOf(combinator: Allocator, children: readonly Allocator[]): object | undefined {
  const name = `${nameOf(combinator)}<${[...new Set(children.map(nameOf))]}>`;
  const Copy = generate<Machine>(name, `class extends given{${methodsOf(combinator)}}`, combinator.constructor);
  return Copy && Object.defineProperty(Copy, "name", { value: name }).prototype;
}

/** Answers the name of the class of an instance, without what says that it is the one for instances. */
function nameOf(instance: object): string {
  return `${instance.constructor.name}`.replace(/Machine$/, "");
}

/** Answers the closed methods that an instance inherits, as they are written. */
function methodsOf(instance: object): string {
  const methods: Record<string, string> = { constructor: "" };
  for (let at = instance; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      // The nearest one counts, copied or not.
      methods[name] ??= typeof value === "function" && isClosed(`${value}`, name) ? `${value}` : "";
    }
  }
  return Object.values(methods).join("\n");
}
