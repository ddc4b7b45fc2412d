/**
 * Fields: the getter and setter of each scalar, written out for each of the ten typed arrays; scalar.ts says why.
 *
 * @module
 */
import type { Fields } from "./scalar.ts";

export const U8: Fields<number> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].u8[this["@alloc/at"] + offset] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = this["@alloc/at"] + offset;
    if (!has(value) || window.u8[index] === undefined) prepare(window, value, index);
    window.u8[index] = value;
  },
});

export const I8: Fields<number> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].i8[this["@alloc/at"] + offset] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = this["@alloc/at"] + offset;
    if (!has(value) || window.i8[index] === undefined) prepare(window, value, index);
    window.i8[index] = value;
  },
});

export const U16: Fields<number> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].u16[(this["@alloc/at"] + offset) >>> 1] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = (this["@alloc/at"] + offset) >>> 1;
    if (!has(value) || window.u16[index] === undefined) prepare(window, value, index);
    window.u16[index] = value;
  },
});

export const I16: Fields<number> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].i16[(this["@alloc/at"] + offset) >>> 1] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = (this["@alloc/at"] + offset) >>> 1;
    if (!has(value) || window.i16[index] === undefined) prepare(window, value, index);
    window.i16[index] = value;
  },
});

export const U32: Fields<number> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].u32[(this["@alloc/at"] + offset) >>> 2] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = (this["@alloc/at"] + offset) >>> 2;
    if (!has(value) || window.u32[index] === undefined) prepare(window, value, index);
    window.u32[index] = value;
  },
});

export const I32: Fields<number> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].i32[(this["@alloc/at"] + offset) >>> 2] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = (this["@alloc/at"] + offset) >>> 2;
    if (!has(value) || window.i32[index] === undefined) prepare(window, value, index);
    window.i32[index] = value;
  },
});

export const F32: Fields<number> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].f32[(this["@alloc/at"] + offset) >>> 2] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = (this["@alloc/at"] + offset) >>> 2;
    if (!has(value) || window.f32[index] === undefined) prepare(window, value, index);
    window.f32[index] = value;
  },
});

export const F64: Fields<number> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].f64[(this["@alloc/at"] + offset) >>> 3] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = (this["@alloc/at"] + offset) >>> 3;
    if (!has(value) || window.f64[index] === undefined) prepare(window, value, index);
    window.f64[index] = value;
  },
});

export const U64: Fields<bigint> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].u64[(this["@alloc/at"] + offset) >>> 3] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = (this["@alloc/at"] + offset) >>> 3;
    if (!has(value) || window.u64[index] === undefined) prepare(window, value, index);
    window.u64[index] = value;
  },
});

export const I64: Fields<bigint> = (offset, has, { miss, prepare }) => ({
  get() {
    return this["@alloc/window"].i64[(this["@alloc/at"] + offset) >>> 3] ?? miss(this, offset);
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = (this["@alloc/at"] + offset) >>> 3;
    if (!has(value) || window.i64[index] === undefined) prepare(window, value, index);
    window.i64[index] = value;
  },
});

export const BOOL: Fields<boolean> = (offset, has, { miss, prepare }) => ({
  get() {
    const byte = this["@alloc/window"].u8[this["@alloc/at"] + offset];
    return byte === undefined ? miss(this, offset) : byte !== 0;
  },
  set(value) {
    const window = this["@alloc/window"];
    const index = this["@alloc/at"] + offset;
    if (!has(value) || window.u8[index] === undefined) prepare(window, value, index);
    window.u8[index] = value ? 1 : 0;
  },
});
