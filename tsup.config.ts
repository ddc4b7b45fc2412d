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
  tsconfig: fileURLToPath(new URL("tsconfig.json", import.meta.url)),
});
