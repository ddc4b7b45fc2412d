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
import { ROOT } from "./examples.ts";

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  useDefineForClassFields: false,
};

/**
 * Writes packages where a worker finds them, and returns a function that starts one with the text of its module.
 *
 * @param names - the packages that the modules import, and those that these import
 */
export function workshop(...names: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "alloc-workers-"));
  for (const name of names) {
    const target = join(folder, "node_modules/@alloc", name);
    const source = join(ROOT, "packages", name, "src");
    mkdirSync(target, { recursive: true });
    const entries = readdirSync(source).filter((file) => file.endsWith(".ts"));
    const exports = entries
      .map((file) => file.replace(".ts", ""))
      .map((entry) => [entry === "index" ? "." : `./${entry}`, `./${entry}.js`]);
    writeFileSync(
      join(target, "package.json"),
      JSON.stringify({ type: "module", exports: Object.fromEntries(exports) }),
    );
    for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      mkdirSync(dirname(join(target, file)), { recursive: true });
      const { outputText } = ts.transpileModule(readFileSync(join(source, file), "utf8"), {
        compilerOptions,
        fileName: file,
      });
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
