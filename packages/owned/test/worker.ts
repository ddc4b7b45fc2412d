/**
 * A worker with the source of the packages, transpiled, because Node 20 does not run TypeScript and tests need no build.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import ts from "typescript";

const PACKAGES = join(import.meta.dirname, "../..");
const EXPORTS = { ".": "./index.js", "./author": "./author.js" };
const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  useDefineForClassFields: false,
};

/** Writes the packages where a worker finds them, and returns a function that starts one with the text of its module. */
export function workshop() {
  const folder = mkdtempSync(join(tmpdir(), "alloc-owned-"));
  for (const name of ["core", "owned"]) {
    const target = join(folder, "node_modules/@alloc", name);
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, "package.json"), JSON.stringify({ type: "module", exports: EXPORTS }));
    for (const file of readdirSync(join(PACKAGES, name, "src"), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      mkdirSync(dirname(join(target, file)), { recursive: true });
      const text = readFileSync(join(PACKAGES, name, "src", file), "utf8");
      const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: file });
      writeFileSync(join(target, file.replace(".ts", ".js")), outputText);
    }
  }
  return {
    /** Runs a module with data, and returns the message it posts, once it has ended. */
    run(text: string, workerData: unknown): Promise<unknown> {
      const file = join(folder, `${Math.random()}.mjs`);
      writeFileSync(file, text);
      return new Promise((resolve, reject) => {
        let result: unknown;
        const worker = new Worker(file, { workerData });
        worker.on("message", (message) => {
          result = message;
        });
        worker.on("error", reject);
        worker.on("exit", () => resolve(result));
      });
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}
