/**
 * Takers: read the fields of a plain value.
 *
 *     struct({ x: f64, y: f64 })      { x: 3, y: 4 }          the names of a value, one after the other, are those of the struct
 *                                     { y: 4, x: 3 }          from the first that differs on, each field is looked up by its name
 *
 * Engines walk over the properties of an object by a list that they keep with its shape. So this costs the same for the structs of
 * all programs, where a look-up by name is quick only in code that has seen a few shapes.
 *
 * @module
 */
import { F32, F64 } from "./kinds.ts";
import type { Parts } from "./type.ts";

type Plain = Readonly<Record<string, unknown>>;
type Has = (value: unknown) => boolean;

/** What a taker has to know of its struct. */
export interface Taken {
  readonly names: readonly string[];
  /** For each field, whether a value fits as it is. */
  readonly has: readonly Has[];
  /** For each field, which scalar it is. */
  readonly kinds: readonly number[];
  /** Whether each value has to be checked as a whole, even if it is an object. */
  readonly isOwning: boolean;
  /** Throws unless the value may be taken. */
  check(value: unknown, mayAlias: boolean | undefined): void;
  /** Takes a field that is no fitting scalar: of another type, or throws. */
  other(value: unknown, mayAlias: boolean | undefined, index: number): Parts;
}

/** Returns the `take` of a struct. */
export function takerOf({ names, has, kinds, isOwning, check, other }: Taken) {
  // Told without a call: each struct of a program has other functions in `has`, and a call of many is slow.
  const isFloat = kinds.map((kind) => kind === F32 || kind === F64);
  const fits = (part: unknown, index: number) => (isFloat[index] && typeof part === "number") || has[index]!(part);
  return (value: unknown, mayAlias?: boolean): Parts => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(names.length);
    let index = 0;
    for (const name in value as Plain) {
      if (name !== names[index]) break;
      const part = (value as Plain)[name];
      parts[index] = fits(part, index) ? part : other(part, mayAlias, index);
      index++;
    }
    for (; index < names.length; index++) {
      const part = (value as Plain)[names[index]!];
      parts[index] = fits(part, index) ? part : other(part, mayAlias, index);
    }
    return parts;
  };
}
