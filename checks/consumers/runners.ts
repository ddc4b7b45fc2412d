/**
 * Test runners: each loads the packages like any dependency, and runs one test.
 *
 * @module
 */
import { type Consumer, json, MODULE, program, text } from "./consumer.ts";

const TEST = text('import { use } from "./use.js";', "", 'test("the packages work", () => expect(use()).toBe("ok"));');

export const RUNNERS: readonly Consumer[] = [
  {
    group: "Test runners",
    row: "vitest 4",
    column: "one test",
    tools: { vitest: "4.1.12" },
    files: {
      "package.json": MODULE,
      "use.js": program("use.js"),
      "use.test.js": text('import { expect, test } from "vitest";', TEST.text),
      "kit.test.js": program("kit.test.js"),
    },
    commands: [["vitest", "run", "--root", "."]],
  },
  {
    group: "Test runners",
    row: "Jest 30, as modules",
    column: "one test",
    tools: { jest: "30.5.2" },
    files: { "package.json": MODULE, "use.js": program("use.js"), "use.test.js": TEST, "jest.config.json": json({}) },
    commands: [["node", "--experimental-vm-modules", "../node_modules/jest/bin/jest.js", "--rootDir", "."]],
  },
  {
    group: "Test runners",
    row: "Jest 30, transformed to CommonJS",
    column: "one test",
    tools: { jest: "30.5.2", "babel-jest": "30.5.2", "@babel/core": "7.28.4", "@babel/preset-env": "7.28.3" },
    files: {
      "package.json": json({ private: true }),
      "use.js": program("use.js"),
      "use.test.js": TEST,
      "babel.config.json": json({ presets: [["@babel/preset-env", { targets: { node: "20" } }]] }),
      // By default Jest does not transform files in node_modules.
      "jest.config.json": json({ transformIgnorePatterns: ["node_modules/(?!@alloc/)"] }),
    },
    commands: [["jest", "--rootDir", "."]],
  },
];
