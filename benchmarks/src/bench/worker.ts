/**
 * One contender and one workload, in its own process. Prints its measurements as JSON.
 *
 *     worker.js {"mode":"time","contender":"system","file":"…","align":8,"warmUp":200,"measured":400}
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { type Columns, decodeColumns } from "./columns.ts";
import { PLAYERS, type Player } from "./players.ts";
import type { GarbageAsked, Memories, MemoryAsked, Request, TimeAsked, Times } from "./sample.ts";

/** The fewest runs of a workload before it is measured. */
const WARM_UPS = 3;

const request = JSON.parse(process.argv[2]!) as Request;
const columns = decodeColumns(readFileSync(request.file));
for (let index = 0; index < columns.length; index++) {
  columns.align[index] = Math.max(request.align, columns.align[index]!);
}
const player = await PLAYERS[request.contender]!(columns, request.mode);
console.log(JSON.stringify(result(request)));

function result(request: Request): unknown {
  if (request.mode === "time") return time(player, columns, request);
  if (request.mode === "memory") return memory(player, columns, request);
  if (request.mode === "garbage") return garbage(player, columns, request);
  return repeat(player, columns);
}

/**
 * Repeats the workload for the given time, after a warm-up that is long enough for it to be compiled. A repeat that takes longer
 * than the whole time is the measurement.
 */
function time(player: Player, columns: Columns, { warmUp, measured }: TimeAsked): Times {
  const timed = columns.end - columns.begin;
  const start = performance.now();
  for (let run = 0; run < WARM_UPS || performance.now() - start < warmUp; run++) {
    const took = repeat(player, columns);
    if ((took * timed) / 1e6 > WARM_UPS * (warmUp + measured)) return { times: [took] };
  }
  const times: number[] = [];
  const from = performance.now();
  do times.push(repeat(player, columns));
  while (performance.now() - from < measured);
  return { times };
}

/** Returns ns per operation of the timed part. */
function repeat(player: Player, { begin, end, length }: Columns): number {
  player.play(0, begin);
  const start = performance.now();
  player.play(begin, end);
  const took = performance.now() - start;
  player.play(end, length);
  return (took * 1e6) / (end - begin);
}

/** Plays the workload once, and samples the memory more often than it reports. */
function memory(player: Player, { length, end }: Columns, { samples }: MemoryAsked): Memories {
  const looks = samples * Math.ceil(Math.min(length, 4096) / samples);
  const held: number[] = [];
  let peak = 0;
  let atEnd = 0;
  for (let look = 1; look <= looks; look++) {
    let from = Math.floor(((look - 1) * length) / looks);
    const to = Math.floor((look * length) / looks);
    if (from < end && end <= to) {
      player.play(from, end);
      atEnd = player.held();
      from = end;
    }
    player.play(from, to);
    const now = player.held();
    peak = Math.max(peak, now);
    if ((look * samples) % looks === 0) held.push(now);
  }
  return { peak: player.peak?.() ?? peak, held, end: atEnd, ...(player.kept && { kept: player.kept() }) };
}

/**
 * Returns the bytes of V8's heap per operation of the timed part, for each repeat. The address of the next object shows what is
 * used, so the figure is exact unless something is collected; then it is below 0. The cost of reading that address, and of calling
 * the loop for no operation, is subtracted.
 */
function garbage(player: Player, { begin, end, length }: Columns, { repeats }: GarbageAsked): number[] {
  const bytes = new Float64Array(repeats);
  for (let run = 0; run < repeats; run++) {
    player.play(0, begin);
    const before = getHeapStatistics().used_heap_size;
    player.play(begin, begin);
    const idle = getHeapStatistics().used_heap_size - before;
    const start = getHeapStatistics().used_heap_size;
    player.play(begin, end);
    bytes[run] = getHeapStatistics().used_heap_size - start - idle;
    player.play(end, length);
  }
  return [...bytes].map((taken) => taken / (end - begin));
}
