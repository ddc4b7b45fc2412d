/**
 * The command as installed: bundled from the source once per test file, and run as its own process.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const PACKAGE = join(import.meta.dirname, "../..");
const FIXTURES = join(import.meta.dirname, "fixtures");

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class BuiltCommand {
  /** Inside the package, so that its dependencies resolve. */
  readonly folder: string = mkdtempSync(join(PACKAGE, "node_modules/.alloc-check-"));

  async build(): Promise<void> {
    writeFileSync(join(this.folder, "package.json"), '{ "type": "module" }');
    await build({
      absWorkingDir: PACKAGE,
      entryPoints: {
        "alloc-check": join(PACKAGE, "src/command/alloc-check.ts"),
        worker: join(PACKAGE, "src/command/worker.ts"),
        ours: join(FIXTURES, "ours.ts"),
      },
      outdir: this.folder,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "es2022",
      external: ["commander", "cli-progress", "fast-check"],
      conditions: ["@alloc/source"],
      logLevel: "error",
    });
  }

  /** Runs the command in the fixtures folder. */
  run(...args: string[]): Run {
    const script = join(this.folder, "alloc-check.js");
    const options = { cwd: FIXTURES, encoding: "utf8", timeout: 600_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], options);
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
