import { defineConfig } from "vitest/config";

/** Packages see each other's source, so a test needs no build; only `checks/` reads what was built. */
const conditions = ["@alloc/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "benchmarks/test/**/*.test.ts", "checks/**/*.test.ts"],
    reporters: ["default", ["json", { outputFile: "node_modules/.vitest/report.json" }]],
  },
});
