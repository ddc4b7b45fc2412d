/**
 * The text of a method alone decides whether it may be copied, without a parser. Here a parser checks these decisions, over our
 * source, over the build, also minified, and over a few large programs of other projects.
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
  /** Returns the names that a method uses and does not declare. */
  readonly free: readonly string[];
}

type Ranged = Node & { readonly start: number; readonly end: number; readonly range: [number, number] };

/** Returns the plain methods of all classes of a module. */
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
    // `super` and `#` belong to the class, `arguments` to the call: a copy lacks the first, another kind of function the second.
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

/** Returns the methods that are wrongly taken for closed. */
function wronglyClosed(methods: readonly Method[]): string[] {
  return methods.flatMap(({ name, text, free }) => {
    const unknown = free.filter((it) => !GLOBALS.includes(it));
    return unknown.length > 0 && isClosed(text, name) ? [`${unknown.join()} in ${text}`] : [];
  });
}

const sources = trackedFiles(/^packages\/\w+\/src\/.*\.ts$/);

describe("no method of ours is wrongly taken for closed", () => {
  test("in the source", { tags: ["thorough"] }, async () => {
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

  test("in the build", { tags: ["built", "thorough"] }, () => expectRight(false));
  test("in the build, minified", { tags: ["built"] }, () => expectRight(true));

  async function expectRight(minify: boolean): Promise<void> {
    const methods: Method[] = [];
    for (const { folder } of PACKAGES) {
      const text = readFileSync(join(folder, "dist/index.js"), "utf8");
      methods.push(...methodsOf(minify ? (await transform(text, { minify: true })).code : text));
    }
    expect(wronglyClosed(methods)).toEqual([]);
    expect(methods.filter(({ name, text }) => isClosed(text, name)).length).toBeGreaterThan(200);
  }
});

test("no method of other projects' programs is wrongly taken for closed", { tags: ["thorough"] }, async () => {
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

test("the methods that serve a request are closed, except those that make objects", async () => {
  const names = ["allocate", "deallocate", "request", "release", "owns", "usableSize", "sizeAt"];
  const open: string[] = [];
  for (const file of sources.filter((it) => /packages\/(?:combinators|proxy)\/src\//.test(it))) {
    const { code } = await transform(readFileSync(join(ROOT, file), "utf8"), { loader: "ts" });
    for (const { name, text } of methodsOf(code)) {
      if (names.includes(name) && !isClosed(text, name)) open.push(`${basename(file, ".ts")}.${name}`);
    }
  }
  // Leaves and the quarantine, which are never copied, and two methods that make objects.
  const others = ["null.deallocate", "null.usableSize", "quarantine.release"];
  expect(open.sort()).toEqual([...others, "guard-machine.usableSize", "leaks.request"].sort());
});
