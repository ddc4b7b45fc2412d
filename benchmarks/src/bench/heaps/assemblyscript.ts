/**
 * AssemblyScript's TLSF, called from JavaScript.
 *
 * @module
 */
import { Memory } from "@alloc/core";
import { compileTlsf, type Tlsf } from "../../peers/tlsf.ts";
import { complete } from "./complete.ts";

/** 2 GiB. */
const PAGES = 2 ** 15;
const abort = () => {
  throw new Error("it aborted");
};
const { exports } = new WebAssembly.Instance(await compileTlsf(PAGES), { env: { abort } });
const { memory, malloc, realloc, free } = exports as Tlsf;

export const heap = complete({
  memory: Memory.over(memory, { from: 0 }),
  malloc: (size) => malloc(size) >>> 0,
  realloc: (ptr, size) => realloc(ptr, size) >>> 0,
  free: (ptr) => free(ptr),
});
