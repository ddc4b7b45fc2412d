/**
 * npm run record: runs a program and writes its calls to malloc as a trace.
 *
 *     npm run record -- sed.trace.gz -- sed -n 's/a/b/p' README.md
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { parseTrace } from "@alloc/testkit";
import { compileC } from "./bench/native.ts";
import { plainCommand, positive, runCommand } from "./command.ts";
import { traceText } from "./record/events.ts";

const SOURCE = fileURLToPath(new URL("../native/record.c", import.meta.url));

const record = plainCommand(
  "record",
  "Runs a program and writes its calls to malloc as a trace. Linux, with a C compiler.",
  "the header",
)
  .argument("<out>", "the trace: a file that ends in .trace or .trace.gz")
  .argument("<program...>", "the program and its arguments, after --; not a script that starts another one")
  .option("--name <name>", "the name in the header; default: that of the file")
  .option("--most <number>", "the most events: the rest is left out", positive)
  .action(async (out: string, [program, ...args]: [string, ...string[]], options: Options) => {
    if (!/\.trace(\.gz)?$/.test(out)) throw new Error(`expected a file that ends in .trace or .trace.gz, got ${out}`);
    const name = options.name ?? basename(out).replace(/\.trace(\.gz)?$/, "");
    const folder = await mkdtemp(join(tmpdir(), "alloc-record-"));
    try {
      const events = join(folder, "events");
      const library = join(folder, "record.so");
      const fault = await compileC(SOURCE, library, ["-shared", "-fPIC", "-pthread"]);
      if (fault !== undefined) throw new Error(fault);
      await run(program, args, { RECORD_FILE: events, LD_PRELOAD: library });
      const said = [basename(program), ...args].join(" ");
      const text = traceText(await readFile(events), { name, program: said.slice(0, 200) }, options.most);
      const bytes = Buffer.from(text);
      // Reading it checks it.
      const { header, length } = await parseTrace(bytes);
      if (length === 0) throw new Error(`${program} called no malloc: is it linked to the C library?`);
      await writeFile(out, out.endsWith(".gz") ? gzipSync(bytes, { level: 9 }) : bytes);
      if (options.json === true) console.log(JSON.stringify({ out, ...header }, null, 2));
      else console.error(`${out}: ${length} events, ${header.ids} blocks, at most ${header.peak} bytes live`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

interface Options {
  readonly name?: string;
  readonly most?: number;
  readonly json?: boolean;
}

await runCommand(record, process.argv.slice(2));

/** Runs a program. Its output goes to stderr, and its exit code is not judged: a compiler that finds an error allocates, too. */
function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(program, args, { stdio: ["inherit", 2, 2], env: { ...process.env, ...env } });
  return new Promise((resolve, reject) => {
    child.on("error", ({ message }) => reject(new Error(`${program} does not start: ${message}`)));
    child.on("close", () => resolve());
  });
}
