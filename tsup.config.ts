import { fileURLToPath } from "node:url";
import { defineConfig } from "tsup";

/** How every package is built: run in the package's folder, with the entries on the command line. */
export default defineConfig({
  format: "esm",
  target: "es2022",
  platform: "neutral",
  dts: true,
  clean: true,
  sourcemap: true,
  treeshake: true,
  // Bundled, a module's constants become variables, which engines read and test at every use. So what never changes is written out, and nothing else: the code stays to be read.
  minify: "terser",
  terserOptions: {
    module: true,
    compress: {
      defaults: false,
      evaluate: true,
      passes: 2,
      reduce_funcs: true,
      reduce_vars: true,
      toplevel: true,
      unused: true,
    },
    mangle: false,
    format: { beautify: true, comments: "all", preserve_annotations: true },
  },
  tsconfig: fileURLToPath(new URL("tsconfig.json", import.meta.url)),
});
