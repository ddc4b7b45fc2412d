import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RULES } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { exampleFiles, fences, ROOT, trackedFiles } from "./support/examples.ts";
import { lostStores } from "./support/lost-stores.ts";
import { PACKAGES, readManifest } from "./support/packages.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const documents = trackedFiles(/\.md$/);

test("docs/contract.md has the testkit's rules, with the same numbers and words", () => {
  const written = [...read("docs/contract.md").matchAll(/^- \*\*(\d+\.\d+)\*\* (.*)$/gm)].map(([, id, title]) => ({
    id,
    title,
  }));
  expect(written).toEqual(RULES.map(({ id, title }) => ({ id, title })));
});

test("docs/rules.md says why each rule exists, and which other tools check it", () => {
  const rows = [...read("docs/rules.md").matchAll(/^\| (\d+\.\d+) +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)];
  expect(rows.map(([, id, title, reason, source]) => ({ id, title, reason, source }))).toEqual(RULES);
});

test.each(documents)("every link of %s leads to a file", (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, path]) => path!);
  const missing = links.filter((path) => !existsSync(join(ROOT, dirname(document), path)));
  expect(missing).toEqual([]);
});

test("the README names every package and the two commands", () => {
  const readme = read("README.md");
  for (const { name } of PACKAGES) expect(readme).toContain(`[\`@alloc/${name}\`](packages/${name})`);
  expect(readme).toContain("npm run demo");
  expect(readme).toContain("npm test");
});

describe("the jobs of docs/examples", () => {
  const [jobs = ""] = read("docs/examples/README.md").split("\nMore, ");
  const pages = [...jobs.matchAll(/\]\((.*?\.md)\)/g)].map(([, page]) => `docs/examples/${page}`);

  test("are ten", () => {
    expect(new Set(pages).size).toBe(10);
  });

  test.each(pages)("%s is a page of at most 40 lines, in plain JavaScript that runs", (page) => {
    expect(read(page).trimEnd().split("\n").length).toBeLessThanOrEqual(40);
    expect(fences(read(page)).map(({ language, run }) => [language, run])).toContainEqual(["js", true]);
    expect(fences(read(page)).filter(({ language }) => language !== "js")).toEqual([]);
  });
});

test("every npm command in a document is a script", () => {
  const scripts = readManifest(ROOT).scripts ?? {};
  const named = documents.flatMap((document) =>
    [...read(document).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!),
  );
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  expect(named).toContain("demo");
});

test("every unreleased package has a changeset", () => {
  const waiting = trackedFiles(/^\.changeset\/(?!README).*\.md$/)
    .map(read)
    .join("\n");
  const unreleased = PACKAGES.filter(({ manifest }) => manifest.version === "0.0.0");
  expect(unreleased.filter(({ manifest }) => !waiting.includes(`"${manifest.name}"`))).toEqual([]);
});

test.each(trackedFiles(/^\.changeset\/(?!README).*\.md$/))(
  "%s starts with its packages and their version bumps",
  (file) => {
    const [, head] = /^---\n((?:"[^"\n]+": (?:major|minor|patch)\n)+)---\n\n\S/.exec(read(file)) ?? [];
    const names = [...(head ?? "").matchAll(/"(.*)"/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(0);
    expect(PACKAGES.map(({ manifest }) => manifest.name)).toEqual(expect.arrayContaining(names));
  },
);

describe("a store that is lost if its value or its index makes the memory grow", () => {
  test.each([
    "memory.u32[ptr >> 2] = heap.allocate(layout);",
    "heap.memory.f64[0] = 1 + next(2);",
    "memory.u8[f()] = 1;",
    "memory.i32[0] += f();",
    "const { u8 } = memory; u8[0] = f();",
    "for (const it of all) this.memory.u16[it] = await it;",
  ])("is recognised: %s", (code) => {
    expect(lostStores(code)).toHaveLength(1);
  });

  test.each([
    "memory.u8[ptr] = 1;",
    "memory.u32[ptr >> 2] = list[0] + 1;",
    "memory.store(Uint32Array, ptr, f());",
    "memory.f64[0] = Math.sqrt(2);",
    "list[0] = f();",
    "const value = memory.u8[f()];",
  ])("is not: %s", (code) => {
    expect(lostStores(code)).toEqual([]);
  });

  test("is in no document and no docstring", () => {
    const shown = exampleFiles().flatMap((file) =>
      fences(read(file)).flatMap(({ line, code }) => lostStores(code.join("\n")).map((it) => `${file}:${line}: ${it}`)),
    );
    expect(shown).toEqual([]);
  });
});

describe("docs/seeds.md", () => {
  const rows = read("docs/seeds.md")
    .split("\n")
    .filter((line) => /^\| (?!there |-)/.test(line))
    .map((line) => line.slice(2, -2).split(" | "));
  const proofs = rows.flatMap(([, , proof]) => [...proof!.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)]);

  test("proves every row", () => {
    expect(rows.filter(([, , proof]) => !proof!.includes("]("))).toEqual([]);
    expect(rows.length).toBeGreaterThan(60);
  });

  test.each(proofs.map(([, title, file]) => [title!, file!]))("names an existing test: %s", (title, file) => {
    expect(read(join("docs", file))).toContain(title);
  });
});
