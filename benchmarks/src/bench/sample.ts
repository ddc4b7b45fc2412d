/**
 * The requests to a worker process, and its replies. The replayer in C takes the same as arguments and prints the same.
 *
 * @module
 */

export interface Asked {
  /** One of `PLAYERS`, for the worker. */
  readonly contender: string;
  /** A file of columns. */
  readonly file: string;
  /** The smallest alignment of every block, in bytes. */
  readonly align: number;
}

/** A request for time. */
export interface TimeAsked extends Asked {
  /** Length of the warm-up and of the measurement, in ms. */
  readonly warmUp: number;
  readonly measured: number;
}

/** A request for memory. */
export interface MemoryAsked extends Asked {
  /** Samples of the bytes in use, at equal distances from the first event to the last. */
  readonly samples: number;
}

/** A request for the garbage of the timed part, with all layouts made in advance. */
export interface GarbageAsked extends Asked {
  /** Runs of that part. */
  readonly repeats: number;
}

export type Request =
  | ({ readonly mode: "time" } & TimeAsked)
  | ({ readonly mode: "memory" } & MemoryAsked)
  | ({ readonly mode: "garbage" } & GarbageAsked)
  | ({ readonly mode: "once" } & Asked);

export interface Times {
  /** ns per operation, one figure for each repeat. */
  readonly times: readonly number[];
}

export interface Memories {
  /** Most bytes in use at once. */
  readonly peak: number;
  /** Bytes in use, one figure for each sample. */
  readonly held: readonly number[];
  /** Bytes in use after the last timed event. */
  readonly end: number;
  /** Bytes not given back to the parent after all blocks were released, before and after a trim. Only our allocators report it. */
  readonly kept?: { readonly asItIs: number; readonly trimmed: number };
}
