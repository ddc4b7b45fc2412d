/**
 * load: turns a module's export into a function that makes allocators.
 *
 *     a function, a class            called or constructed per program
 *     an async function              called once; its result is taken as the export
 *     an object, or a function       serves every program, one after the other
 *     that returns the same one
 *
 * The check runs without a pause from its first to its last call, so nothing can be awaited per program.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Allocator } from "@alloc/core";
import type { CheckOptions } from "../conformance/check-allocator.ts";
import type { RuleId } from "../conformance/rules.ts";
import { lend } from "./lend.ts";
import { allocatorOf, nameOf } from "./shape.ts";
import { oneLine, UsageError } from "./usage.ts";

export interface Loaded {
  make(): Allocator;
  /** Rules that cannot be tested on the export, with the reason. */
  readonly skip: NonNullable<CheckOptions["skip"]>;
}

/** A module path or package, and the name of its export. */
export interface Source {
  readonly module: string;
  readonly name: string;
}

/** Rules about the end of an allocator, untestable if it never ends. */
const ENDS: readonly RuleId[] = ["9.1", "9.2", "9.3", "9.5", "9.6", "9.9"];
const LIVES_ON = "one instance serves every program, so it is never disposed";

/**
 * Loads a module and makes its first allocator.
 *
 * @throws `UsageError` if it cannot be found or loaded, or does not export an allocator
 */
export async function load({ module, name }: Source): Promise<Loaded> {
  const exports = await importFrom(module);
  if (!(name in exports)) {
    const names = Object.keys(exports);
    const has = names.length === 0 ? "it exports nothing" : `it exports ${names.join(", ")}: choose one with --export`;
    throw new UsageError(`${module} must export a function that makes an allocator as ${name}; ${has}`);
  }
  const what = `the export ${name} of ${module}`;
  let made = exports[name];
  if (typeof made === "function") {
    const make = callOf(made as () => unknown);
    const first = attempt(make, what);
    if (!isPromise(first)) return loadedOf(make, first, what);
    made = await settled(first, what);
    if (typeof made === "function") {
      const promised = callOf(made as () => unknown);
      return loadedOf(promised, attempt(promised, what), what);
    }
  }
  return shared(await settled(made, what), what);
}

async function importFrom(module: string): Promise<Record<string, unknown>> {
  const url = locate(module);
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ERR_UNKNOWN_FILE_EXTENSION" && /\.[cm]?tsx?$/.test(module)) {
      throw new UsageError(
        `cannot load ${module}: Node ${process.version} does not load TypeScript; compile it first, or use Node 22.18 or later`,
      );
    }
    throw new UsageError(`cannot load ${module}: ${oneLine(error)}`);
  }
}

/** Returns the URL of a file, or of a package resolved from the working directory. */
function locate(module: string): string {
  if (module.startsWith("file:")) return module;
  const path = resolve(module);
  if (existsSync(path)) return pathToFileURL(path).href;
  try {
    const found = createRequire(join(process.cwd(), "from.js")).resolve(module);
    return pathToFileURL(found).href;
  } catch (error) {
    // It exists, but not for `require`: the import resolves it if it is installed next to this package.
    if ((error as { code?: string }).code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return module;
    throw new UsageError(
      `cannot find ${module}: expected the path of a file, such as ./my-allocator.js, or the name of an installed package`,
    );
  }
}

/** Makes a loader from a function and its first result. A function that returns the same object twice is a single instance. */
function loadedOf(make: () => unknown, first: unknown, what: string): Loaded {
  if (typeof first !== "object") throw new UsageError(`${what} must make an allocator; it returned ${nameOf(first)}`);
  const allocator = allocatorOf(first, what);
  const second = attempt(make, what);
  if (second === first) return shared(first, what);
  allocator.dispose();
  allocatorOf(second, what).dispose();
  return { make: () => allocatorOf(make(), what), skip: {} };
}

function shared(instance: unknown, what: string): Loaded {
  const allocator = allocatorOf(instance, what);
  const skip = Object.fromEntries(ENDS.map((rule) => [rule, LIVES_ON]));
  return { make: () => lend(allocator), skip };
}

function callOf(value: () => unknown): () => unknown {
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  return isClass ? () => new (value as unknown as new () => unknown)() : () => value();
}

function attempt(make: () => unknown, what: string): unknown {
  try {
    return make();
  } catch (error) {
    throw new UsageError(`${what} must make an allocator; it threw ${oneLine(error)}`);
  }
}

async function settled(value: unknown, what: string): Promise<unknown> {
  try {
    return await value;
  } catch (error) {
    throw new UsageError(`${what} must promise an allocator; it was rejected with ${oneLine(error)}`);
  }
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | undefined | null)?.then === "function";
}
