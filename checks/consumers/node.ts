/**
 * Node: `import`, and `require` of a module, in versions that support it without a flag.
 *
 * @module
 */
import { type Consumer, MODULE, program } from "./consumer.ts";

/** Versions with `require` of a module without a flag: 20 from 20.19 on, 22 from 22.12 on. */
const VERSIONS: Readonly<Record<string, string>> = { "20": "20.20.2", "22": "22.23.3", "24": "24.21.0" };

export const NODE: readonly Consumer[] = Object.entries(VERSIONS).flatMap(([major, version]) => {
  const common = { group: "Node", row: `Node ${major}`, tools: { node: version }, quick: major === "20" } as const;
  return [
    {
      ...common,
      column: "import",
      files: { "package.json": MODULE, "use.js": program("use.js"), "print.js": program("print.js") },
      commands: [["node", "print.js"]],
    },
    {
      ...common,
      column: "require",
      files: { "require.cjs": program("require.cjs") },
      commands: [["node", "require.cjs"]],
    },
  ] satisfies Consumer[];
});
