/**
 * Compilers: the declarations of the packages under each version, resolution and library, with `skipLibCheck` off.
 *
 *     use.ts ──tsc──▶ use.d.ts ──tsc──▶ ok       the declarations written for the user compile too
 *
 * @module
 */
import type { Command } from "../support/shell.ts";
import { type Consumer, json, MODULE, program } from "./consumer.ts";

const VERSIONS = ["5.4.5", "5.9.3", "6.0.3", "7.0.2"];
/** By name: "5.9" and "6". */
const shortOf = (version: string) => version.replace(/(\.0)?\.\d+$/, "");

/** By the name of a column. node10 ignores `exports`. */
const RESOLUTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  nodenext: { module: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
  node10: { module: "esnext", moduleResolution: "node10" },
};

const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  ES2022: ["es2022"],
  "ES2022, DOM": ["es2022", "dom"],
  "ESNext, DOM": ["esnext", "esnext.disposable", "dom"],
};

/** The options of one project: it writes declarations, and checks all files. */
function options(short: string, resolution: string, library: string): Readonly<Record<string, unknown>> {
  return {
    target: "es2022",
    ...RESOLUTIONS[resolution],
    ...(short === "6" && resolution === "node10" && { ignoreDeprecations: "6.0" }),
    lib: LIBRARIES[library],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    // TypeScript's own libraries need no check: the DOM library takes longer than everything else.
    skipDefaultLibCheck: true,
    rootDir: ".",
    declaration: true,
    emitDeclarationOnly: true,
    outDir: "out",
  };
}

function compiled(version: string, resolution: string, library: string): Consumer {
  const short = shortOf(version);
  const compilerOptions = options(short, resolution, library);
  const files = ["use.ts", ...(library.startsWith("ESNext") ? ["using.ts"] : [])];
  const isolated = { ...compilerOptions, isolatedDeclarations: true };
  const again = { ...compilerOptions, declaration: false, emitDeclarationOnly: false, noEmit: true };
  const isOld = short === "5.4";
  const commands: Command[] = [
    ["tsc", "-p", "tsconfig.json"],
    ...(isOld ? [] : ([["tsc", "-p", "isolated.json"]] as const)),
    ["tsc", "-p", "again.json"],
  ];
  return {
    group: "TypeScript",
    row: `TypeScript ${short}, ${library}`,
    column: resolution,
    tools: { typescript: version },
    files: {
      "package.json": MODULE,
      "use.ts": program("use.ts"),
      "using.ts": program("using.ts"),
      "isolated.ts": program("isolated.ts"),
      "tsconfig.json": json({ compilerOptions, files }),
      "isolated.json": json({ compilerOptions: isolated, files: ["isolated.ts"] }),
      "again.json": json({ compilerOptions: again, files: ["out/use.d.ts"] }),
    },
    commands,
    ...(short === "7" && resolution === "node10" && { impossible: "TypeScript 7 has no node10" }),
    quick: library === "ES2022" && (isOld ? resolution === "bundler" : short === "5.9" && resolution !== "bundler"),
  };
}

/** Under pnpm a project sees only its own dependencies, so the umbrella's types must be found through it. */
const underPnpm: Consumer = {
  group: "TypeScript",
  row: "TypeScript 5.9, `@alloc/std` alone under pnpm",
  column: "nodenext",
  tools: { typescript: "5.9.3" },
  only: "@alloc/std",
  files: {
    "package.json": MODULE,
    "alone.ts": program("alone.ts"),
    "tsconfig.json": json({ compilerOptions: options("5.9", "nodenext", "ES2022"), files: ["alone.ts"] }),
  },
  commands: [["tsc", "-p", "tsconfig.json"]],
};

export const TYPESCRIPT: readonly Consumer[] = [
  ...VERSIONS.flatMap((version) =>
    Object.keys(LIBRARIES).flatMap((library) =>
      Object.keys(RESOLUTIONS).map((resolution) => compiled(version, resolution, library)),
    ),
  ),
  underPnpm,
];
