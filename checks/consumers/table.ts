/**
 * All consumers, in the order of the document.
 *
 * @module
 */
import { BROWSED } from "./browsers.ts";
import { BUILT } from "./bundlers.ts";
import type { Consumer } from "./consumer.ts";
import { NODE } from "./node.ts";
import { RUNNERS } from "./runners.ts";
import { RUNTIMES } from "./runtimes.ts";
import { TYPESCRIPT } from "./typescript.ts";

export const CONSUMERS: readonly Consumer[] = [...TYPESCRIPT, ...NODE, ...BUILT, ...RUNNERS, ...RUNTIMES, ...BROWSED];

/** Returns the name of a consumer on the command line and in messages. */
export function nameOf({ group, row, column }: Consumer): string {
  return `${group}: ${row}, ${column}`;
}
