/**
 * Runs programs with a time limit, and finds the line of their output that shows the fault.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** A program with its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** Most characters of a fault in a table. */
const ROOM = 160;

/** How a command ended, and its output. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a command in a folder; searches for programs in `bins` first. Never rejects. */
export function run([program, ...args]: Command, folder: string, bins: readonly string[] = []): Promise<Ended> {
  const PATH = [...bins, process.env.PATH].join(delimiter);
  return new Promise((done) => {
    const env = { ...process.env, PATH, NO_COLOR: "1", CI: "1", NODE_OPTIONS: "", NODE_ENV: undefined };
    const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    // Not `timeout` of spawn: where the program is missing its timer stays, and keeps this process alive to the end.
    setTimeout(() => child.kill(), 300_000).unref();
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    child.stderr.on("data", (data) => {
      output += data;
    });
    child.on("error", ({ message }) => done({ code: 127, output: `${output}${message}` }));
    child.on("close", (code, signal) =>
      done({ code: code ?? 128, output: signal ? `${output}ended by ${signal}` : output }),
    );
  });
}

/** Returns the first line about an error, or the first line; without colours and without the folder's path. */
export function faultOf(output: string, folder: string): string {
  const plain = stripVTControlCharacters(output).replaceAll(`${folder}/`, "");
  const lines = plain.split("\n").flatMap((line) => line.trim() || []);
  const line = lines.find((it) => /error|cannot|failed|unexpected/i.test(it)) ?? lines[0] ?? "it printed nothing";
  return line.length > ROOM ? `${line.slice(0, ROOM - 1)}…` : line;
}
