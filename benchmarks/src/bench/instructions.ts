/**
 * instructions: counts instructions per operation with callgrind, repeatable to a few in ten million.
 *
 *     fill │ 200,000 replacements │ empty       a process under valgrind
 *     fill │ 400,000 replacements │ empty       another one: the difference is exactly 200,000 replacements
 *
 * @module
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { stage } from "./stage.ts";
import type { Bench } from "./suite.ts";
import { churn } from "./workloads.ts";

const execute = promisify(execFile);
const SHORT = 200_000;
const LONG = 400_000;
const VALGRIND = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "--smc-check=all-non-file"];
/** One thread and the same seeds: V8 does the same in both processes up to the point where the longer one goes on. */
const NODE = ["--single-threaded", "--predictable", "--hash-seed=1", "--random-seed=1"];

/** Returns instructions per operation with this many live blocks; undefined without valgrind. */
export async function instructions(
  { folder, worker }: Bench,
  contender: string,
  live: number,
): Promise<number | undefined> {
  const counts: number[] = [];
  for (const replacements of [SHORT, LONG]) {
    const make = () => churn({ live, replacements, least: 16, most: 64 });
    const { file } = await stage({ name: "churn", about: "", make }, folder);
    const request = JSON.stringify({ mode: "once", contender, file, align: 8 });
    try {
      const args = [...VALGRIND, process.execPath, ...NODE, worker, request];
      const { stderr } = await execute("valgrind", args, { maxBuffer: 2 ** 26 });
      counts.push(Number(/Collected : (\d+)/.exec(stderr)![1]));
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return undefined;
      throw new Error(`valgrind failed: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  return (counts[1]! - counts[0]!) / (2 * (LONG - SHORT));
}
