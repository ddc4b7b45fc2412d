/**
 * The runner for mutants: Stryker's runner for Vitest, on a thread that is kept from one mutant to the next.
 *
 *     mutant ──▶ tests pass ─────────────────────────────────────────▶ survived
 *            ──▶ a test fails ──▶ it passes without the mutant ──────▶ killed
 *                             └─▶ it fails ──▶ new thread, again ────▶ whatever that run says
 *
 * A mutant may leave the state of a thread broken, and each later one would seem to be found. So a failure counts only if the same
 * test passes right afterwards on the same thread without a mutant, or fails on a new thread.
 *
 * @module
 */
import { strykerPlugins as plugins } from "@stryker-mutator/vitest-runner";
import type { Vitest } from "vitest/node";
import { endThread, KEPT, KeptThread } from "./kept-thread.ts";

/** The part of Stryker's runner that is used here. */
interface Runner {
  readonly ctx: Vitest;
  init(): Promise<void>;
  dryRun(options: unknown): Promise<DryRunResult>;
  mutantRun(options: MutantRun): Promise<MutantResult>;
  dispose(): Promise<void>;
}

interface DryRunResult {
  readonly status: "complete" | "error" | "timeout";
  readonly errorMessage?: string;
}

interface MutantRun {
  readonly activeMutant: { readonly id: string };
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
}

interface MutantResult {
  readonly status: "killed" | "survived" | "timeout" | "error";
  /** The tests that failed, of a mutant that was killed. */
  readonly killedBy?: readonly string[];
}

/** Returns Stryker's runner with the thread kept. */
function makeRunner(injector: { injectFunction(factory: unknown): Runner }): Runner {
  const runner = injector.injectFunction(plugins[0]!.factory);
  const { init, dryRun, mutantRun, dispose } = runner;
  return Object.assign(runner, {
    async init() {
      await init.call(runner);
      for (const { config } of runner.ctx.projects) {
        if (config.isolate) continue;
        Object.assign(config, {
          pool: KEPT,
          poolRunner: { name: KEPT, createPoolWorker: (options: never) => new KeptThread(options) },
        });
      }
    },
    // Stryker counts tests, and a file that cannot be loaded has none.
    async dryRun(options: unknown) {
      const result = await dryRun.call(runner, options);
      const failed = runner.ctx.state.getFiles().find((file) => file.result?.state === "fail");
      if (failed === undefined || result.status !== "complete") return result;
      return { status: "error", errorMessage: `${failed.name}: ${failed.result!.errors?.[0]?.message}` };
    },
    async mutantRun(options: MutantRun) {
      const result = await mutantRun.call(runner, options);
      if (result.status === "survived") return result;
      if (result.status === "killed") {
        const { hitLimit: _, ...unlimited } = options;
        const without = {
          ...unlimited,
          activeMutant: { ...options.activeMutant, id: "none" },
          testFilter: result.killedBy!,
        };
        if ((await mutantRun.call(runner, without)).status === "survived") return result;
      }
      await endThread();
      return result.status === "killed" ? mutantRun.call(runner, options) : result;
    },
    async dispose() {
      await endThread();
      await dispose.call(runner);
    },
  });
}
makeRunner.inject = ["$injector"];

export const strykerPlugins = [{ kind: "TestRunner", name: KEPT, factory: makeRunner }];
