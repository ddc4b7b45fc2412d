/**
 * npm run peers: checks allocators of other projects, and writes docs/peers.md.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeTrace } from "@alloc/testkit";
import { check, replay } from "./alloc-check.ts";
import { CONTENDERS, versionOf } from "./contenders.ts";
import { type Checked, documentText } from "./document.ts";
import { growing } from "./growing.ts";

const DOCUMENT = fileURLToPath(new URL("../../../docs/peers.md", import.meta.url));

const folder = await mkdtemp(join(tmpdir(), "alloc-peers-"));
try {
  const trace = join(folder, "growing.trace");
  await writeFile(trace, writeTrace(growing()));
  const all: Checked[] = CONTENDERS.map((contender) => ({
    contender,
    version: versionOf(contender),
    runs: contender.runs.map((run) => {
      process.stderr.write(`${run.kind} ${contender.name}: ${run.title}\n`);
      const { adapter } = contender;
      return { run, finding: run.kind === "check" ? check(adapter, run) : replay(adapter, run, trace) };
    }),
  }));
  await writeFile(DOCUMENT, documentText(all, process.versions.node));
  console.log(DOCUMENT);
} finally {
  await rm(folder, { recursive: true, force: true });
}
