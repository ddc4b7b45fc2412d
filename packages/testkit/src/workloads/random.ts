/**
 * Random: pseudo-random numbers that are the same for a seed on every engine.
 *
 *     seed ── splitmix64, twice ──▶ │ s0 │ s1 │ s2 │ s3 │ ── xoshiro128** ──▶ 32 bits, and the state advances
 *
 * Avoids `Math.log` and `Math.pow`, whose last bit depends on the engine: it uses only integers and products of floats, whose
 * rounding IEEE 754 defines.
 *
 * @module
 */

/** Number of divisions in {@link Random.pareto}. */
const PARETO_LEVELS = 6;

/**
 * A generator of 32 bits at a time, with a period of 2 ** 128 − 1.
 *
 * Source: xoshiro128** by Blackman and Vigna (Scrambled linear pseudorandom number generators, 2021), seeded as they advise by
 * splitmix64 (Steele, Lea and Flood, 2014).
 */
export class Random {
  /** Four words, not all 0. */
  readonly state: Uint32Array;

  /** @param seed - an integer; only its lowest 64 bits are used */
  constructor(seed: number) {
    const [low, high] = splitmix64(BigInt(seed));
    this.state = Uint32Array.of(...halves(low), ...halves(high));
  }

  /** Returns an integer from 0 to 2 ** 32 − 1. */
  uint32(): number {
    const state = this.state;
    const [s0, s1, s2, s3] = state as unknown as readonly [number, number, number, number];
    const answer = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    state[0] = s0 ^ s3 ^ s1;
    state[1] = s1 ^ s2 ^ s0;
    state[2] = s2 ^ s0 ^ (s1 << 9);
    state[3] = rotate(s3 ^ s1, 11);
    return answer;
  }

  /** Returns an integer from 0 to `count` − 1, uniformly distributed. `count` is from 1 to 2 ** 32. */
  below(count: number): number {
    // Rejects the last few numbers, which would favour small results.
    const fair = 2 ** 32 - (2 ** 32 % count);
    for (;;) {
      const number = this.uint32();
      if (number < fair) return number % count;
    }
  }

  /** Returns a float in [0, 1), a multiple of 2 ** −32. */
  float(): number {
    return this.uint32() / 2 ** 32;
  }

  /** Returns true with a probability of `percent` in 100. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /**
   * Returns an integer from 0 to `count` − 1 by the Pareto rule, small ones first: four fifths of the results are in the first
   * fifth, four fifths of these in its first fifth, and so on, six levels deep; the rest is divided in the same way.
   */
  pareto(count: number): number {
    let first = 0;
    let length = count;
    for (let level = 0; level < PARETO_LEVELS && length > 1; level++) {
      const favoured = Math.ceil(length / 5);
      if (this.below(5) < 4) length = favoured;
      else {
        first += favoured;
        length -= favoured;
      }
    }
    return first + this.below(length);
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Returns the first two numbers of splitmix64. */
function splitmix64(seed: bigint): [bigint, bigint] {
  const mix = (state: bigint) => {
    const first = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    const second = BigInt.asUintN(64, (first ^ (first >> 27n)) * 0x94d049bb133111ebn);
    return second ^ (second >> 31n);
  };
  const step = 0x9e3779b97f4a7c15n;
  return [mix(BigInt.asUintN(64, seed + step)), mix(BigInt.asUintN(64, seed + 2n * step))];
}

function halves(word: bigint): [low: number, high: number] {
  return [Number(BigInt.asUintN(32, word)), Number(word >> 32n)];
}
