/**
 * Other server runtimes.
 *
 * @module
 */
import { type Consumer, MODULE, program } from "./consumer.ts";

const USE = { "package.json": MODULE, "use.js": program("use.js"), "print.js": program("print.js") };

/** Bun as a tool. */
export const BUN = { bun: "1.4.5" };

export const RUNTIMES: readonly Consumer[] = [
  {
    group: "Other runtimes",
    row: "Bun 1.4",
    column: "import",
    tools: BUN,
    files: USE,
    commands: [["bun", "print.js"]],
  },
  {
    group: "Other runtimes",
    row: "Deno 2.9",
    column: "import",
    tools: { deno: "2.9.6" },
    files: USE,
    commands: [["deno", "run", "--node-modules-dir=manual", "print.js"]],
  },
  {
    group: "Other runtimes",
    row: "workerd, through miniflare 4",
    column: "import",
    tools: { miniflare: "4.20250906.0", esbuild: "0.27.7" },
    files: {
      ...USE,
      "worker.js": program("worker-of-workerd.js"),
      "drive.js": program("drive-workerd.js"),
    },
    commands: [
      ["esbuild", "worker.js", "--bundle", "--format=esm", "--outfile=dist/worker.js"],
      ["node", "drive.js"],
    ],
  },
];
