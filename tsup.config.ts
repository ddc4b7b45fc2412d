import { fileURLToPath } from "node:url";
import { defineConfig } from "tsup";
import { tidyMaps } from "./build/maps.ts";

const tsconfig = fileURLToPath(new URL("tsconfig.json", import.meta.url));

/**
 * The build of every package: run in the package's folder, with the entries on the command line. Declarations are written by
 * `npm run types`, for all packages together.
 */
export default defineConfig(({ outDir = "dist" }) => ({
  format: "esm",
  target: "es2022",
  platform: "neutral",
  clean: ["!**/*.d.ts", "!**/*.d.ts.map"],
  sourcemap: true,
  treeshake: true,
  // Bundled constants become variables, which engines read and test at every use. So constants are written out; nothing else is minified, and the code stays readable.
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
    // tsup composes this map with the one of the previous step, and appends the comment that names it, so the existing comment is removed.
    sourceMap: true,
    format: {
      beautify: true,
      comments: (_, { value }) => !value.startsWith("# sourceMappingURL="),
      preserve_annotations: true,
    },
  },
  tsconfig,
  async onSuccess() {
    tidyMaps(outDir);
  },
}));
