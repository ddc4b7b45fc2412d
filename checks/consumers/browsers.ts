/**
 * Browsers: a page, a worker and an AudioWorklet, without a policy and under a strict one. The browsers come from the system:
 * `chromium` and `firefox-esr` of Debian.
 *
 *     page.js ──▶ POST /done "ok"           drive-browser.js serves the files, starts the browser, and waits for the post
 *
 * @module
 */
import { type Consumer, MODULE, program } from "./consumer.ts";

/** The programs that may be Firefox. */
export const FIREFOX: readonly string[] = ["firefox-esr", "firefox"];

const BROWSERS: readonly (readonly [name: string, programs: readonly string[]])[] = [
  ["Chromium", ["chromium", "chromium-browser", "google-chrome"]],
  ["Firefox", FIREFOX],
];

const PLACES: Readonly<Record<string, string>> = {
  page: "page",
  worker: "worker",
  AudioWorklet: "audio",
  "page, strict CSP": "strict",
};

export const BROWSED: readonly Consumer[] = BROWSERS.flatMap(([row, programs]) =>
  Object.entries(PLACES).map(([column, place]) => ({
    group: "Browsers",
    row,
    column,
    tools: { esbuild: "0.27.7" },
    files: {
      "package.json": MODULE,
      "use.js": program("use.js"),
      "page.js": program("page.js"),
      "worker.js": program("worker.js"),
      "audio.js": program("audio.js"),
      "drive.js": program("drive-browser.js"),
    },
    commands: [
      ["esbuild", "page.js", "worker.js", "audio.js", "--bundle", "--format=esm", "--outdir=dist"],
      ["node", "drive.js", place, ...programs],
    ] as const,
    needs: [programs],
  })),
);
