import { alignUp } from "@alloc/core";
import { expect, test } from "vitest";
import { CLASSES, classOf, classSize, SMALL } from "../src/heap/size-classes.ts";

/** The sizes of all classes, counted up and not computed. */
const SIZES: number[] = [];
for (let size = 8; size <= 512; size += 8) SIZES.push(size);
for (let size = 576; size <= 1024; size += 64) SIZES.push(size);

const EVERY_SIZE = Array.from({ length: SMALL }, (_, index) => index + 1);
const slack = (size: number) => classSize(classOf(size)) - size;

test("the classes are numbered from 1 to 72, in the order of their sizes", () => {
  expect(SIZES.map((_, index) => classSize(index + 1))).toEqual(SIZES);
  expect(CLASSES).toBe(SIZES.length + 1);
});

test("the last class is that of 1024 bytes", () => {
  expect(SMALL).toBe(1024);
  expect(classSize(CLASSES - 1)).toBe(1024);
});

test("the class of every size from 1 to 1024 is the smallest that holds it", () => {
  const smallest = (size: number) => 1 + SIZES.findIndex((room) => room >= size);
  expect(EVERY_SIZE.map(classOf)).toEqual(EVERY_SIZE.map(smallest));
});

test("the class of the size of a class is that class", () => {
  expect(SIZES.map(classOf)).toEqual(SIZES.map((_, index) => index + 1));
});

test("size 0 has class 0, which is none and has no bytes", () => {
  expect(classOf(0)).toBe(0);
  expect(classSize(0)).toBe(0);
});

test("up to 512 bytes a block has at most 7 bytes of slack", () => {
  expect(Math.max(...EVERY_SIZE.filter((size) => size <= 512).map(slack))).toBe(7);
});

test("from 513 to 1024 bytes a block has at most 63 bytes of slack", () => {
  expect(Math.max(...EVERY_SIZE.filter((size) => size > 512).map(slack))).toBe(63);
});

test.each([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])(
  "a size rounded up to align %i has a class whose size is a multiple of it",
  (align) => {
    const rounded = EVERY_SIZE.map((size) => alignUp(size, align)).filter((size) => size <= SMALL);
    expect(rounded.filter((size) => classSize(classOf(size)) % align !== 0)).toEqual([]);
  },
);
