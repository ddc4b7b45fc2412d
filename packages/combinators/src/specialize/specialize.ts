/**
 * Specialise: a copy of a combinator's code for one kind of children. Templates, for JavaScript.
 *
 *     shared          FallbackMachine.prototype: its calls meet all children of the program, and are compiled for any
 *     specialised     Fallback<FreeList,System>.prototype ──▶ FallbackMachine.prototype
 *                     the same methods, copied: their calls meet one kind of children, and are inlined
 *
 * A shape is a class plus the shapes of its children, which already exist, so one step distinguishes shapes of any depth. There
 * is one copy per shape, not per instance: a caller of a hundred chains of one shape sees one. The copy becomes the prototype of
 * the combinator before its fields are set, so engines also learn the types of its fields. Methods that cannot be copied are
 * inherited.
 *
 * @module
 */
import { Allocator } from "@alloc/core";
import { requireFunction } from "@alloc/core/author";
import { isClosed } from "./closed.ts";
import { generate } from "./generate.ts";

type Machine = new () => object;

/** The prototypes that are part of shapes, numbered in order of appearance. */
const numbers = new WeakMap<object, number>();
let count = 0;
/** The specialised prototypes, by the numbers of the class and its children. */
const copies = new Map<string, object>();

/**
 * Runs a function and specialises every combinator created in it. Calls between them are then inlined, even in programs with
 * several kinds of chains (`npm run bench -- chains` measures the gain). Results and errors stay the same.
 *
 * If the engine refuses to compile text (a strict Content-Security-Policy, Trusted Types,
 * `--disallow-code-generation-from-strings`), combinators share their code as usual. The first one detects that. The same applies
 * beyond 256 shapes, and to members that a cascade creates later.
 *
 * A caller that meets many shapes in one place is faster without, or with a {@link Handle}.
 *
 * Cost: one class is compiled per new shape, none for further instances.
 *
 * Source: C++ templates, which make the allocators of phobos as fast as hand-written ones.
 *
 * @param make - creates the allocator with its combinators and observers; objects created later are not specialised
 * @returns the result of `make`
 * @example
 * ```ts
 * import { chain } from "@alloc/combinators";
 * import { specialized } from "@alloc/combinators/specialize";
 * import { Layout } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 * import { system } from "@alloc/global";
 *
 * using heap = specialized(() => chain(freeList(64)).orElse(system()).build());
 * heap.constructor.name; // => "Fallback<FreeList,System>"
 * heap.usableSize(Layout.of(40)); // => 40
 * ```
 */
export function specialized<A>(make: () => A): A {
  requireFunction("specialized(() => system())", make);
  const before = Allocator.combining;
  Allocator.combining = specialize;
  try {
    return make();
  } finally {
    Allocator.combining = before;
  }
}

/** Gives a combinator that has no fields yet the code of its shape. */
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

/** Returns the name of the class of an instance, without the suffix "Machine". */
function nameOf(instance: object): string {
  return `${instance.constructor.name}`.replace(/Machine$/, "");
}

/** Returns the source of the closed methods that an instance inherits. */
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
