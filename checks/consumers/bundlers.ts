/**
 * Bundlers: each bundles the same program, and Node runs the bundle.
 *
 * @module
 */
import type { Command } from "../support/shell.ts";
import { type Consumer, json, MODULE, program, text } from "./consumer.ts";

interface Bundler {
  readonly name: string;
  readonly tools: Readonly<Record<string, string>>;
  /** The file that it writes. */
  readonly out: string;
  readonly command: Command;
  readonly files?: Consumer["files"];
}

const BUNDLERS: readonly Bundler[] = [
  {
    name: "Vite 7",
    tools: { vite: "7.3.8" },
    out: "dist/bundle.js",
    command: ["vite", "build", "--logLevel", "warn"],
    files: {
      "vite.config.js": text(
        'export default { build: { lib: { entry: "print.js", formats: ["es"], fileName: () => "bundle.js" } } };',
      ),
    },
  },
  {
    name: "webpack 5",
    tools: { webpack: "5.113.0", "webpack-cli": "6.0.1" },
    out: "dist/bundle.js",
    command: [
      "webpack",
      "--mode",
      "production",
      "--entry",
      "./print.js",
      "-o",
      "dist",
      "--output-filename",
      "bundle.js",
    ],
  },
  {
    name: "Rollup 4",
    tools: { rollup: "4.68.8", "@rollup/plugin-node-resolve": "16.0.3" },
    out: "dist/bundle.js",
    command: ["rollup", "print.js", "-p", "node-resolve", "-f", "es", "-o", "dist/bundle.js", "--failAfterWarnings"],
  },
  {
    name: "esbuild",
    tools: { esbuild: "0.27.7" },
    out: "dist/bundle.js",
    command: ["esbuild", "print.js", "--bundle", "--minify", "--format=esm", "--outfile=dist/bundle.js"],
  },
  {
    name: "Parcel 2",
    tools: { parcel: "2.16.4" },
    out: "dist/print.js",
    command: ["parcel", "build", "print.js", "--no-cache", "--no-source-maps", "--dist-dir", "dist"],
    files: {
      "package.json": json({
        private: true,
        type: "module",
        targets: { default: { context: "node", includeNodeModules: true, outputFormat: "esmodule" } },
      }),
    },
  },
];

export const BUILT: readonly Consumer[] = BUNDLERS.map(({ name, tools, out, command, files }) => ({
  group: "Bundlers",
  row: name,
  column: "bundled, then run",
  tools,
  files: { "package.json": MODULE, "use.js": program("use.js"), "print.js": program("print.js"), ...files },
  commands: [command, ["node", out]],
  quick: name === "esbuild" || name === "Rollup 4",
}));
