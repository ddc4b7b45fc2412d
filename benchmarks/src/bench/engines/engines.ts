/**
 * The engines, and how each runs the program: every request has a realm of its own.
 *
 *     node, bun    a process      cell.js   '{"loop": …}'   ──▶  stdout   ok {"times": …}
 *     js           a process      shell.js  '{"loop": …}'   ──▶  stdout   ok {"times": …}
 *     firefox      a page         a Worker for each request ──▶  POST /done   ok [{"times": …}, …]
 *
 * Firefox is driven, and Bun installed, as `npm run consumers` does it.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FIREFOX } from "../../../../checks/consumers/browsers.ts";
import { BUN } from "../../../../checks/consumers/runtimes.ts";
import { type Command, faultOf, run } from "../../../../checks/support/shell.ts";
import { firstOf, folderOf } from "../../../../checks/support/tools.ts";
import { BENCHMARKS } from "../../paths.ts";
import type { EngineRequest, EngineResult } from "./sample.ts";

export interface Engine {
  /** Its name on the command line. */
  readonly name: string;
  /** Its name in the tables, with the version. */
  readonly title: string;
  /** Why it cannot run here, and how to get it. */
  readonly missing?: string;
  /** Runs requests one after the other. */
  play(requests: readonly EngineRequest[]): Promise<EngineResult[]>;
}

/** The names of all engines. */
export const ENGINES: readonly string[] = ["node", "bun", "firefox", "js"];
/** SpiderMonkey's shells, as Debian names them. */
const SHELLS = ["js140", "js128", "js115", "js102"];
const DRIVER = join(BENCHMARKS, "../checks/consumers/programs/drive-browser.js");

const CELL = `require("./program.js");
console.log("ok " + JSON.stringify(play(JSON.parse(process.argv[2]))));
`;
const SHELL = `load("program.js");
print("ok " + JSON.stringify(play(JSON.parse(scriptArgs[0]))));
`;
const WORKER = `importScripts("/program.js");
onmessage = ({ data }) => postMessage(play(data));
`;
const PAGE = `const played = (request) =>
  new Promise((done, fail) => {
    const worker = new Worker("/worker.js");
    worker.onmessage = ({ data }) => {
      worker.terminate();
      done(data);
    };
    worker.onerror = ({ message }) => fail(new Error(message || "the worker did not load"));
    worker.postMessage(request);
  });
const results = [];
let told;
try {
  for (const request of REQUESTS) results.push(await played(request));
  told = "ok " + JSON.stringify(results);
} catch (error) {
  told = String(error);
}
await fetch("/done", { method: "POST", body: told });
`;

/** Writes what the engines run into a folder, and returns all engines, including missing ones. */
export async function enginesIn(folder: string, program: string): Promise<readonly Engine[]> {
  await mkdir(join(folder, "dist"), { recursive: true });
  const files = { "program.js": program, "cell.js": CELL, "shell.js": SHELL, "package.json": "{}" };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, "dist/program.js"), program);
  await writeFile(join(folder, "dist/worker.js"), WORKER);

  const [bun, firefox, shell] = await Promise.all([folderOf(BUN), firstOf(FIREFOX), firstOf(SHELLS)]);
  const bins = typeof bun === "string" ? [join(bun, "node_modules/.bin")] : [];
  return [
    {
      name: "node",
      title: `V8 (Node ${process.versions.node})`,
      play: (requests) => inProcesses([process.execPath, "cell.js"], requests),
    },
    typeof bun === "string"
      ? {
          name: "bun",
          title: `JavaScriptCore (Bun ${await versionOf(["bun", "--version"])})`,
          play: (requests) => inProcesses(["bun", "cell.js"], requests),
        }
      : missing("bun", "JavaScriptCore (Bun)", bun.why, "npm install bun"),
    typeof firefox === "string"
      ? {
          name: "firefox",
          title: `SpiderMonkey (Firefox ${await versionOf([firefox, "--version"])})`,
          play: (requests) => inPage(requests),
        }
      : missing("firefox", "SpiderMonkey (Firefox)", firefox.why, "apt-get install firefox-esr"),
    typeof shell === "string"
      ? {
          name: "js",
          title: `SpiderMonkey (js ${await versionOf([shell, "--version"])})`,
          play: (requests) => inProcesses([shell, "shell.js"], requests),
        }
      : missing("js", "SpiderMonkey (js)", shell.why, "apt-get install libmozjs-102-dev"),
  ];

  async function inProcesses(command: Command, requests: readonly EngineRequest[]): Promise<EngineResult[]> {
    const results: EngineResult[] = [];
    for (const request of requests) results.push(await told([...command, JSON.stringify(request)]));
    return results;
  }

  async function inPage(requests: readonly EngineRequest[]): Promise<EngineResult[]> {
    await writeFile(join(folder, "dist/page.js"), `const REQUESTS = ${JSON.stringify(requests)};\n${PAGE}`);
    return told([process.execPath, DRIVER, "page", ...FIREFOX]);
  }

  /** Runs a program that prints "ok" and a result. */
  async function told<T>(command: Command): Promise<T> {
    const { output } = await run(command, folder, bins);
    return resultOf<T>(output, folder);
  }

  async function versionOf(command: Command): Promise<string> {
    const { output } = await run(command, folder, bins);
    return /\d[\w.]*/.exec(output)?.[0] ?? "of unknown version";
  }
}

/**
 * Returns the result in the output of an engine.
 *
 * @throws `Error` with the first line about a fault if there is none
 */
export function resultOf<T>(output: string, folder: string): T {
  const line = /^ok (.*)$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(faultOf(output, folder));
  return JSON.parse(line) as T;
}

function missing(name: string, title: string, why: string, how: string): Engine {
  const play = () => Promise.reject(new Error(`${title} was run, but it is missing`));
  return { name, title, missing: `${why}; get it with \`${how}\``, play };
}
