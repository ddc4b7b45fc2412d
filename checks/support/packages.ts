/**
 * The packages of the repository.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./examples.ts";

/** The fields of a package.json that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly keywords?: readonly string[];
  readonly homepage?: string;
  readonly bugs?: string;
  readonly repository?: { readonly url: string; readonly directory?: string };
  readonly main?: string;
  readonly types?: string;
  readonly type?: string;
  readonly packageManager?: string;
  readonly sideEffects?: boolean;
  readonly files?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly "size-limit"?: readonly { readonly import: string; readonly limit: string; readonly gzip: boolean }[];
}

export interface Package {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** The published packages. */
export const PACKAGES: readonly Package[] = readdirSync(join(ROOT, "packages")).map((name) => {
  const folder = join(ROOT, "packages", name);
  return { name, folder, manifest: readManifest(folder) };
});
