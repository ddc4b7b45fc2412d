/**
 * How measurements are printed.
 *
 * @module
 */
import type { Measurement, Share } from "./measure.ts";

export function reportText(measured: Measurement): string {
  const { footprint, time } = measured;
  const rows: [name: string, value: string, note: string][] = [
    ["operations", number(measured.operations), `${number(measured.verified)} blocks verified byte by byte`],
    ["time", `${time.median.toFixed(1)} ns`, `per operation: median of ${time.rounds} rounds, ${spread(measured)}`],
    ["peak live", number(measured.peakLive), `bytes requested, in up to ${number(measured.maxLive)} blocks`],
    ["peak footprint", number(footprint.peak), "bytes of memory and bookkeeping"],
    ["utilisation", percent(measured.utilisation), "peak live / peak footprint"],
    ...measured.shares.map(shareRow),
    ["leaks", number(measured.leaks), `blocks; ${number(measured.bytesKept)} bytes not given back to the parent`],
  ];
  const names = Math.max(...rows.map(([name]) => name.length));
  const values = Math.max(...rows.map(([, value]) => value.length));
  return rows.map(([name, value, note]) => `  ${name.padEnd(names)}  ${value.padStart(values)}  ${note}`).join("\n");

  function shareRow({ kind, blocks, bytes }: Share): [string, string, string] {
    const all = measured.shares.reduce((sum, share) => ({
      ...share,
      blocks: sum.blocks + share.blocks,
      bytes: sum.bytes + share.bytes,
    }));
    return [
      `${kind} served`,
      percent(blocks / all.blocks),
      `of the blocks, ${percent(bytes / all.bytes)} of the bytes`,
    ];
  }
}

const COLUMNS: readonly [title: string, width: number, cell: (measured: Measurement) => string][] = [
  ["trace", 10, ({ trace }) => trace],
  ["align", 5, ({ align }) => `${align}`],
  ["through", 33, ({ through }) => through],
  ["operations", 10, ({ operations }) => number(operations)],
  ["ns/op", 6, ({ time }) => time.median.toFixed(1)],
  ["peak live", 11, ({ peakLive }) => number(peakLive)],
  ["footprint", 11, ({ footprint }) => number(footprint.peak)],
  ["util", 6, ({ utilisation }) => percent(utilisation)],
  ["leaks", 5, ({ leaks, bytesKept }) => `${leaks + (bytesKept === 0 ? 0 : 1)}`],
];

export function tableHead(): string {
  return line((title) => title);
}

export function tableRow(measured: Measurement): string {
  return line((_title, cell) => cell(measured));
}

function line(text: (title: string, cell: (measured: Measurement) => string) => string): string {
  return COLUMNS.map(([title, width, cell], index) => {
    const shown = text(title, cell);
    return index === 0 || index === 2 ? shown.padEnd(width) : shown.padStart(width);
  }).join("  ");
}

function spread({ time }: Measurement): string {
  return `${time.least.toFixed(1)} to ${time.most.toFixed(1)}`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
