/**
 * Maps of sources, tidied: what the tools of the build have no source for, they map to the built file itself, by the path that
 * it has on this machine. It is named relative to the map, as all others are.
 *
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";

/** Tidies the maps of all scripts in a folder. */
export function tidyMaps(folder: string): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js.map")) continue;
    const path = join(folder, file);
    const map = JSON.parse(readFileSync(path, "utf8")) as { sources: string[] };
    map.sources = map.sources.map((source) => (isAbsolute(source) ? relative(dirname(path), source) : source));
    writeFileSync(path, JSON.stringify(map));
  }
}
