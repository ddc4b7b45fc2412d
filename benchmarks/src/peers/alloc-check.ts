/**
 * Runs the testkit's command alloc-check on the adapters of the peers, as a user runs it on a module.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CheckReport } from "@alloc/testkit";
import type { Run } from "./contenders.ts";

/** The result of one run. */
export interface Finding {
  /** The result of the check, also of one that ended early; null without a result, and for a replay. */
  readonly report: CheckReport | null;
  /** Why the check ended early, or what a replay found; empty for nothing. */
  readonly fault: string;
  /** The calls up to the failing one. */
  readonly program: string;
}

/** With this seed the overlap of `@thi.ng/malloc` is found as overwritten blocks, not as a call that hangs. */
export const SETTINGS: readonly string[] = ["--seed", "1"];
/** In seconds: far more than any run takes, because the document must not depend on time. */
const LIMIT = ["--time-limit", "600"];
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Checks the allocator of an adapter's export. */
export function check(adapter: string, { export: name, skip = {} }: Run): Finding {
  const skips = Object.entries(skip).flatMap(([rule, reason]) => ["--skip", `${rule}=${reason}`]);
  const { report, fault, finished } = run(`${adapter}.js`, "--export", name, ...SETTINGS, ...skips) as {
    report: CheckReport | null;
    fault: { message: string; program: string } | null;
    finished: boolean;
  };
  if (fault === null && !finished) throw new Error(`the check of ${adapter} took longer than its time limit`);
  return { report, fault: timeless(fault?.message ?? ""), program: fault?.program ?? "" };
}

/** Replays a trace through the allocator of an adapter's export. */
export function replay(adapter: string, { export: name }: Run, trace: string): Finding {
  const { replays } = run("replay", `${adapter}.js`, trace, "--export", name) as { replays: { fault: string }[] };
  return { report: null, fault: timeless(replays[0]!.fault), program: "" };
}

function run(...args: string[]): unknown {
  const manifest = createRequire(import.meta.url).resolve("@alloc/testkit/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  const command = join(dirname(manifest), bin["alloc-check"]!);
  const options = { cwd: HERE, encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args, ...LIMIT, "--json"], options);
  if ((status === 0 || status === 1) && stdout !== "") return JSON.parse(stdout);
  throw new Error(`alloc-check ${args.join(" ")} ended with ${status}: ${stderr.trim()}`);
}

/** Returns a fault without the time waited for it, which differs from run to run. */
export function timeless(fault: string): string {
  const told = fault.replace(/^a call has not returned for .*$/, "the last call does not return");
  if (/\d s\b/.test(told)) throw new Error(`the document cannot contain what depends on time: ${fault}`);
  return told;
}
