/**
 * Arguments of the testkit: checks for JavaScript callers, with messages that show the right call.
 *
 * @module
 */
import { ArgumentError } from "@alloc/core";
import { requireFunction, requireOptions, shown } from "@alloc/core/author";
import type { ReadOptions, TraceSource } from "./trace/format.ts";

/** Throws unless a value is the bytes of a trace, or, where that is allowed, a trace in memory. */
export function requireSource(call: string, source: unknown, isTrace = true): asserts source is TraceSource {
  const { [Symbol.asyncIterator]: pieces } = Object(source) as { [Symbol.asyncIterator]?: unknown };
  const isBytes = Object.prototype.toString.call(source) === "[object Uint8Array]" || typeof pieces === "function";
  if (isBytes || (isTrace && "header" in Object(source))) return;
  const what = isTrace ? "a trace, or its bytes as a Uint8Array or in pieces" : "bytes as a Uint8Array or in pieces";
  throw new ArgumentError(`${call} expects ${what}, got ${shown(source)}`);
}

/** Throws unless a value is options for reading a trace. */
export function requireReading(call: string, options: ReadOptions): void {
  requireOptions(`${call}(source, { maxBytes })`, options, ["maxBytes"]);
  const { maxBytes } = options;
  if (maxBytes === undefined || typeof maxBytes === "number") return;
  throw new ArgumentError(`maxBytes must be a number, got ${shown(maxBytes)}`);
}

/** Returns the options for reading a trace among others. */
export function readingOf({ maxBytes }: ReadOptions): ReadOptions {
  return maxBytes === undefined ? {} : { maxBytes };
}

/** Throws unless an option is a function or left out. */
export function requireCallback(call: string, callback: unknown): void {
  if (callback !== undefined) requireFunction(call, callback);
}

/** Returns `value` if it is an integer of at least `least`; throws otherwise. */
export function integer(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ArgumentError(`${name} must be an integer of at least ${least}, got ${shown(value)}`);
}

/** Throws unless fields of a header are an object of texts. */
export function requireFields(call: string, fields: Readonly<Record<string, string>>): void {
  // A header may have any field.
  requireOptions(call, fields, Object.keys(Object(fields)));
  const wrong = Object.entries(fields).find(([, value]) => typeof value !== "string");
  if (wrong === undefined) return;
  throw new ArgumentError(`the header field ${shown(wrong[0])} must be a text, got ${shown(wrong[1])}`);
}
