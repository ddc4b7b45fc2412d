/**
 * A program that specialises a chain and reports the result, for bundlers, engines and browsers to run.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./examples.ts";

/** The program's result. */
export interface Told {
  /** The names of the classes, outermost first. */
  readonly names: readonly string[];
  /** The copied methods of each class. */
  readonly copies: readonly (readonly string[])[];
  /** The results of a few requests through the shared chain and through the specialised one. */
  readonly shared: readonly unknown[];
  readonly specialised: readonly unknown[];
  /** The same through a handle of each. */
  readonly handled: readonly unknown[];
}

const dist = (name: string, entry = "index.js") => join(ROOT, "packages", name, "dist", entry);

/** The program as the text of a module. It leaves its result in `told`. */
export const PROGRAM = `
import { fallback, nullAllocator, segregate } from ${JSON.stringify(dist("combinators"))};
import { Handle, specialized } from ${JSON.stringify(dist("combinators", "specialize/index.js"))};
import { Layout, Memory, pages } from ${JSON.stringify(dist("core"))};
import { freeList } from ${JSON.stringify(dist("freelist"))};
import { stats } from ${JSON.stringify(dist("proxy"))};

function chain() {
  const parent = pages(Memory.linear({ maximum: 2 ** 22 }));
  const list = (size) => freeList(size, { blocks: 3, parent });
  return stats(fallback(segregate([64, list(64)], list(256)), nullAllocator(parent.memory)));
}
function use(heap, calls = heap) {
  const results = [];
  for (const size of [40, 200, 0, 64, 65, 300, 40, 40, 40]) results.push(calls.allocate(Layout.of(size)));
  calls.deallocate(results[0], Layout.of(40));
  results.push(heap.grow(results[1], Layout.of(200), Layout.of(256)), heap.shrink(results[4], Layout.of(65), Layout.of(10)));
  results.push(heap.resizeInPlace(results[3], Layout.of(64), Layout.of(60)), heap.owns(results[3]), heap.footprint());
  try {
    calls.deallocate(results[0], Layout.of(40));
  } catch (error) {
    results.push(error.code);
  }
  results.push(heap.counters);
  heap.dispose();
  try {
    calls.allocate(Layout.of(40));
  } catch (error) {
    results.push(error.code);
  }
  return results;
}
const made = specialized(chain);
const levels = [made, made.inner, made.inner.primary];
const handled = chain();
const told = {
  names: levels.map((level) => level.constructor.name),
  copies: levels.map((level) => Object.getOwnPropertyNames(Object.getPrototypeOf(level)).sort()),
  shared: use(chain()),
  specialised: use(made),
  handled: use(handled, new Handle(handled)),
};
`;

/** Runs a module with Node, and returns the JSON that it prints. */
export function runModule(file: string, flags: readonly string[] = [], env: object = {}): Told {
  const options = { encoding: "utf8" as const, env: { ...process.env, ...env } };
  return JSON.parse(execFileSync(process.execPath, [...flags, file], options)) as Told;
}
