/**
 * Takers: read the fields of a plain value. The first structs of a program get a function of their own each.
 *
 *     struct 1 ──▶ take1        value["x"], value["y"]        each place in the source has seen one name and one shape
 *     struct 2 ──▶ take2
 *     …
 *     struct 9 ──▶ takeAny      value[names[index]]           has seen them all, and takes four times as long
 *
 * Engines record per source location which properties are read there. Making a function from text would give every struct its own,
 * but works under no strict content security policy. So the same function is written out several times.
 *
 * @module
 */
import type { Parts } from "./type.ts";

type Plain = Readonly<Record<string, unknown>>;
type Has = (value: unknown) => boolean;

/** What a taker has to know of its struct. */
export interface Taken {
  readonly names: readonly string[];
  /** For each field, whether a value fits as it is. */
  readonly has: readonly Has[];
  /** Whether each value has to be checked as a whole, even if it is an object. */
  readonly isOwning: boolean;
  /** Throws unless the value may be taken. */
  check(value: unknown, mayAlias: boolean | undefined): void;
  /** Takes a field that is no fitting scalar: of another type, or throws. */
  other(value: unknown, mayAlias: boolean | undefined, index: number): Parts;
}

type Taker = (of: Taken) => (value: unknown, mayAlias?: boolean) => Parts;

const takeAny: Taker = ({ names, has, isOwning, check, other }) => {
  return (value, mayAlias) => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(names.length);
    for (let index = 0; index < names.length; index++) {
      const part = (value as Plain)[names[index]!];
      parts[index] = has[index]!(part) ? part : other(part, mayAlias, index);
    }
    return parts;
  };
};

const take1: Taker = ({ names, has, isOwning, check, other }) => {
  const { length } = names;
  const one = (fits: Has, part: unknown, mayAlias: boolean | undefined, index: number): Parts =>
    fits(part) ? part : other(part, mayAlias, index);
  const [a, b, c, d, e, f] = names as [string, string, string, string, string, string];
  const [ha, hb, hc, hd, he, hf] = has as [Has, Has, Has, Has, Has, Has];
  return (value, mayAlias) => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(length);
    if (length > 0) parts[0] = one(ha, (value as Plain)[a], mayAlias, 0);
    if (length > 1) parts[1] = one(hb, (value as Plain)[b], mayAlias, 1);
    if (length > 2) parts[2] = one(hc, (value as Plain)[c], mayAlias, 2);
    if (length > 3) parts[3] = one(hd, (value as Plain)[d], mayAlias, 3);
    if (length > 4) parts[4] = one(he, (value as Plain)[e], mayAlias, 4);
    if (length > 5) parts[5] = one(hf, (value as Plain)[f], mayAlias, 5);
    for (let index = 6; index < length; index++) {
      parts[index] = one(has[index]!, (value as Plain)[names[index]!], mayAlias, index);
    }
    return parts;
  };
};

const take2: Taker = ({ names, has, isOwning, check, other }) => {
  const { length } = names;
  const one = (fits: Has, part: unknown, mayAlias: boolean | undefined, index: number): Parts =>
    fits(part) ? part : other(part, mayAlias, index);
  const [a, b, c, d, e, f] = names as [string, string, string, string, string, string];
  const [ha, hb, hc, hd, he, hf] = has as [Has, Has, Has, Has, Has, Has];
  return (value, mayAlias) => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(length);
    if (length > 0) parts[0] = one(ha, (value as Plain)[a], mayAlias, 0);
    if (length > 1) parts[1] = one(hb, (value as Plain)[b], mayAlias, 1);
    if (length > 2) parts[2] = one(hc, (value as Plain)[c], mayAlias, 2);
    if (length > 3) parts[3] = one(hd, (value as Plain)[d], mayAlias, 3);
    if (length > 4) parts[4] = one(he, (value as Plain)[e], mayAlias, 4);
    if (length > 5) parts[5] = one(hf, (value as Plain)[f], mayAlias, 5);
    for (let index = 6; index < length; index++) {
      parts[index] = one(has[index]!, (value as Plain)[names[index]!], mayAlias, index);
    }
    return parts;
  };
};

const take3: Taker = ({ names, has, isOwning, check, other }) => {
  const { length } = names;
  const one = (fits: Has, part: unknown, mayAlias: boolean | undefined, index: number): Parts =>
    fits(part) ? part : other(part, mayAlias, index);
  const [a, b, c, d, e, f] = names as [string, string, string, string, string, string];
  const [ha, hb, hc, hd, he, hf] = has as [Has, Has, Has, Has, Has, Has];
  return (value, mayAlias) => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(length);
    if (length > 0) parts[0] = one(ha, (value as Plain)[a], mayAlias, 0);
    if (length > 1) parts[1] = one(hb, (value as Plain)[b], mayAlias, 1);
    if (length > 2) parts[2] = one(hc, (value as Plain)[c], mayAlias, 2);
    if (length > 3) parts[3] = one(hd, (value as Plain)[d], mayAlias, 3);
    if (length > 4) parts[4] = one(he, (value as Plain)[e], mayAlias, 4);
    if (length > 5) parts[5] = one(hf, (value as Plain)[f], mayAlias, 5);
    for (let index = 6; index < length; index++) {
      parts[index] = one(has[index]!, (value as Plain)[names[index]!], mayAlias, index);
    }
    return parts;
  };
};

const take4: Taker = ({ names, has, isOwning, check, other }) => {
  const { length } = names;
  const one = (fits: Has, part: unknown, mayAlias: boolean | undefined, index: number): Parts =>
    fits(part) ? part : other(part, mayAlias, index);
  const [a, b, c, d, e, f] = names as [string, string, string, string, string, string];
  const [ha, hb, hc, hd, he, hf] = has as [Has, Has, Has, Has, Has, Has];
  return (value, mayAlias) => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(length);
    if (length > 0) parts[0] = one(ha, (value as Plain)[a], mayAlias, 0);
    if (length > 1) parts[1] = one(hb, (value as Plain)[b], mayAlias, 1);
    if (length > 2) parts[2] = one(hc, (value as Plain)[c], mayAlias, 2);
    if (length > 3) parts[3] = one(hd, (value as Plain)[d], mayAlias, 3);
    if (length > 4) parts[4] = one(he, (value as Plain)[e], mayAlias, 4);
    if (length > 5) parts[5] = one(hf, (value as Plain)[f], mayAlias, 5);
    for (let index = 6; index < length; index++) {
      parts[index] = one(has[index]!, (value as Plain)[names[index]!], mayAlias, index);
    }
    return parts;
  };
};

const take5: Taker = ({ names, has, isOwning, check, other }) => {
  const { length } = names;
  const one = (fits: Has, part: unknown, mayAlias: boolean | undefined, index: number): Parts =>
    fits(part) ? part : other(part, mayAlias, index);
  const [a, b, c, d, e, f] = names as [string, string, string, string, string, string];
  const [ha, hb, hc, hd, he, hf] = has as [Has, Has, Has, Has, Has, Has];
  return (value, mayAlias) => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(length);
    if (length > 0) parts[0] = one(ha, (value as Plain)[a], mayAlias, 0);
    if (length > 1) parts[1] = one(hb, (value as Plain)[b], mayAlias, 1);
    if (length > 2) parts[2] = one(hc, (value as Plain)[c], mayAlias, 2);
    if (length > 3) parts[3] = one(hd, (value as Plain)[d], mayAlias, 3);
    if (length > 4) parts[4] = one(he, (value as Plain)[e], mayAlias, 4);
    if (length > 5) parts[5] = one(hf, (value as Plain)[f], mayAlias, 5);
    for (let index = 6; index < length; index++) {
      parts[index] = one(has[index]!, (value as Plain)[names[index]!], mayAlias, index);
    }
    return parts;
  };
};

const take6: Taker = ({ names, has, isOwning, check, other }) => {
  const { length } = names;
  const one = (fits: Has, part: unknown, mayAlias: boolean | undefined, index: number): Parts =>
    fits(part) ? part : other(part, mayAlias, index);
  const [a, b, c, d, e, f] = names as [string, string, string, string, string, string];
  const [ha, hb, hc, hd, he, hf] = has as [Has, Has, Has, Has, Has, Has];
  return (value, mayAlias) => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(length);
    if (length > 0) parts[0] = one(ha, (value as Plain)[a], mayAlias, 0);
    if (length > 1) parts[1] = one(hb, (value as Plain)[b], mayAlias, 1);
    if (length > 2) parts[2] = one(hc, (value as Plain)[c], mayAlias, 2);
    if (length > 3) parts[3] = one(hd, (value as Plain)[d], mayAlias, 3);
    if (length > 4) parts[4] = one(he, (value as Plain)[e], mayAlias, 4);
    if (length > 5) parts[5] = one(hf, (value as Plain)[f], mayAlias, 5);
    for (let index = 6; index < length; index++) {
      parts[index] = one(has[index]!, (value as Plain)[names[index]!], mayAlias, index);
    }
    return parts;
  };
};

const take7: Taker = ({ names, has, isOwning, check, other }) => {
  const { length } = names;
  const one = (fits: Has, part: unknown, mayAlias: boolean | undefined, index: number): Parts =>
    fits(part) ? part : other(part, mayAlias, index);
  const [a, b, c, d, e, f] = names as [string, string, string, string, string, string];
  const [ha, hb, hc, hd, he, hf] = has as [Has, Has, Has, Has, Has, Has];
  return (value, mayAlias) => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(length);
    if (length > 0) parts[0] = one(ha, (value as Plain)[a], mayAlias, 0);
    if (length > 1) parts[1] = one(hb, (value as Plain)[b], mayAlias, 1);
    if (length > 2) parts[2] = one(hc, (value as Plain)[c], mayAlias, 2);
    if (length > 3) parts[3] = one(hd, (value as Plain)[d], mayAlias, 3);
    if (length > 4) parts[4] = one(he, (value as Plain)[e], mayAlias, 4);
    if (length > 5) parts[5] = one(hf, (value as Plain)[f], mayAlias, 5);
    for (let index = 6; index < length; index++) {
      parts[index] = one(has[index]!, (value as Plain)[names[index]!], mayAlias, index);
    }
    return parts;
  };
};

const take8: Taker = ({ names, has, isOwning, check, other }) => {
  const { length } = names;
  const one = (fits: Has, part: unknown, mayAlias: boolean | undefined, index: number): Parts =>
    fits(part) ? part : other(part, mayAlias, index);
  const [a, b, c, d, e, f] = names as [string, string, string, string, string, string];
  const [ha, hb, hc, hd, he, hf] = has as [Has, Has, Has, Has, Has, Has];
  return (value, mayAlias) => {
    if (typeof value !== "object" || value === null || isOwning) check(value, mayAlias);
    const parts = new Array<unknown>(length);
    if (length > 0) parts[0] = one(ha, (value as Plain)[a], mayAlias, 0);
    if (length > 1) parts[1] = one(hb, (value as Plain)[b], mayAlias, 1);
    if (length > 2) parts[2] = one(hc, (value as Plain)[c], mayAlias, 2);
    if (length > 3) parts[3] = one(hd, (value as Plain)[d], mayAlias, 3);
    if (length > 4) parts[4] = one(he, (value as Plain)[e], mayAlias, 4);
    if (length > 5) parts[5] = one(hf, (value as Plain)[f], mayAlias, 5);
    for (let index = 6; index < length; index++) {
      parts[index] = one(has[index]!, (value as Plain)[names[index]!], mayAlias, index);
    }
    return parts;
  };
};

const TAKERS: readonly Taker[] = [take1, take2, take3, take4, take5, take6, take7, take8];
let used = 0;

/** Returns the `take` of a struct. */
export function takerOf(of: Taken): (value: unknown, mayAlias?: boolean) => Parts {
  return (TAKERS[used++] ?? takeAny)(of);
}
