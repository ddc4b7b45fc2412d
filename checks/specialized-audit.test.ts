/**
 * Whether a method may be copied is told from its text alone, without a parser. Here a parser says whether that was right: over our
 * source, over what is built of it, minified too, and over a few large programs of others.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "acorn";
import { transform } from "esbuild";
import { analyze } from "eslint-scope";
import type { MethodDefinition, Node, Program } from "estree";
import { describe, expect, test } from "vitest";
import { isClosed } from "../packages/combinators/src/specialize/closed.ts";
import { ROOT, trackedFiles } from "./support/examples.ts";
import { PACKAGES } from "./support/packages.ts";

/** Globals that a closed method may name. */
const GLOBALS = ["undefined", "Math"];

interface Method {
  readonly name: string;
  readonly text: string;
  /** What it names that it does not declare. */
  readonly free: readonly string[];
}

type Ranged = Node & { readonly start: number; readonly end: number; readonly range: [number, number] };

/** Answers the plain methods of all classes of a module. */
function methodsOf(text: string): Method[] {
  const program = parse(text, { ecmaVersion: "latest", sourceType: "module", ranges: true, allowHashBang: true });
  const scopes = analyze(program as unknown as Program, { ecmaVersion: 2022, sourceType: "module" });
  return [...nodes(program as unknown as Node)].flatMap((node) => {
    if (node.type !== "MethodDefinition") return [];
    const { kind, key, computed, static: isStatic, value } = node as MethodDefinition;
    if (kind !== "method" || computed || isStatic || key.type !== "Identifier") return [];
    const { start, end } = node as unknown as Ranged;
    const scope = scopes.acquire(value)!;
    const free = scope.through.map(({ identifier }) => (identifier as { name: string }).name);
    // What belongs to the class or to the call: a copy has not the first, and another kind of function not the second.
    const own = [...nodes(value)].some(({ type }) => type === "Super" || type === "PrivateIdentifier");
    const takesArguments = scope.set.get("arguments")!.references.length > 0;
    if (own || takesArguments) free.push("super, # or arguments");
    return [{ name: key.name, text: text.slice(start, end), free }];
  });
}

function* nodes(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === "string") yield* nodes(child);
    }
  }
}

/** Answers the methods that are taken for closed and are not. */
function wronglyClosed(methods: readonly Method[]): string[] {
  return methods.flatMap(({ name, text, free }) => {
    const unknown = free.filter((it) => !GLOBALS.includes(it));
    return unknown.length > 0 && isClosed(text, name) ? [`${unknown.join()} in ${text}`] : [];
  });
}

const sources = trackedFiles(/^packages\/\w+\/src\/.*\.ts$/);

describe("of our methods none is taken for closed that names what is not its own", () => {
  test("in the source", async () => {
    const options = {
      loader: "ts",
      target: "es2022",
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    } as const;
    const methods: Method[] = [];
    for (const file of sources) {
      methods.push(...methodsOf((await transform(readFileSync(join(ROOT, file), "utf8"), options)).code));
    }
    expect(wronglyClosed(methods)).toEqual([]);
    expect(methods.filter(({ name, text }) => isClosed(text, name)).length).toBeGreaterThan(200);
  });

  test.each([false, true])("in what is built, minified: %s", { tags: ["built"] }, async (minify) => {
    const methods: Method[] = [];
    for (const { folder } of PACKAGES) {
      const text = readFileSync(join(folder, "dist/index.js"), "utf8");
      methods.push(...methodsOf(minify ? (await transform(text, { minify: true })).code : text));
    }
    expect(wronglyClosed(methods)).toEqual([]);
    expect(methods.filter(({ name, text }) => isClosed(text, name)).length).toBeGreaterThan(200);
  });
});

test("nor is any method of large programs of others", async () => {
  const methods: Method[] = [];
  for (const folder of ["fast-check/lib", "terser/dist", "rolldown/dist", "eslint-scope/lib"]) {
    const path = join(ROOT, "node_modules", folder);
    for (const file of readdirSync(path, { recursive: true, encoding: "utf8" })) {
      if (!/\.m?js$/.test(file)) continue;
      const { code } = await transform(readFileSync(join(path, file), "utf8"), { format: "esm" });
      methods.push(...methodsOf(code), ...methodsOf((await transform(code, { minify: true })).code));
    }
  }
  expect(wronglyClosed(methods)).toEqual([]);
  expect(methods.length).toBeGreaterThan(1000);
});

test("the methods on the way of a request are closed, but for those that have to make something", async () => {
  const names = ["allocate", "deallocate", "request", "release", "owns", "usableSize", "sizeAt"];
  const open: string[] = [];
  for (const file of sources.filter((it) => /packages\/(?:combinators|proxy)\/src\//.test(it))) {
    const { code } = await transform(readFileSync(join(ROOT, file), "utf8"), { loader: "ts" });
    for (const { name, text } of methodsOf(code)) {
      if (names.includes(name) && !isClosed(text, name)) open.push(`${basename(file, ".ts")}.${name}`);
    }
  }
  // Leaves and the quarantine, which are never copied, and the two that make something.
  const others = ["bookkeeping.deallocate", "null.deallocate", "null.usableSize", "quarantine.release"];
  expect(open.sort()).toEqual([...others, "guard-machine.usableSize", "leaks.request"].sort());
});
