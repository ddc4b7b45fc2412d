/**
 * plots: results as SVG, drawn by Observable Plot in a document without a browser.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** A point of a line. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** The line it belongs to. */
  readonly line: string;
  /** The measured range, if it was measured several times. */
  readonly low?: number;
  readonly high?: number;
}

export interface Labels {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Whether the axis is logarithmic, base 10. Default: true. */
  readonly logX?: boolean;
  readonly logY?: boolean;
}

/** Returns a plot as the text of a self-contained SVG. */
export function plotSvg(points: readonly Point[], { title, x, y, logX = true, logY = true }: Labels): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const ends = [...new Map(points.map((point) => [point.line, point])).values()].sort((a, b) => b.y - a.y);
  const axis = (isLog: boolean, label: string) => ({ label, grid: true, ...(isLog && { type: "log" as const }) });
  const shown = Plot.plot({
    document,
    ariaLabel: title,
    width: 760,
    height: 420,
    marginLeft: 60,
    marginRight: 190,
    style: { background: "white", color: "black", fontFamily: "system-ui, sans-serif" },
    x: { ...axis(logX, x), tickFormat: "~s" },
    y: { ...axis(logY, y), ...(logY ? { tickFormat: "~g" } : { zero: true }) },
    color: { scheme: "Observable10" },
    marks: [
      Plot.ruleX(
        points.filter(({ low }) => low !== undefined),
        { x: "x", y1: "low", y2: "high", stroke: "line", strokeOpacity: 0.4, strokeWidth: 3 },
      ),
      Plot.lineY(points, { x: "x", y: "y", stroke: "line", z: "line" }),
      // Lines by name, in the order of their last values.
      ...ends.map((end, row) =>
        Plot.text([end], {
          text: "line",
          fill: "line",
          frameAnchor: "top-right",
          textAnchor: "start",
          dx: 12,
          dy: 16 * row,
        }),
      ),
    ],
  });
  shown.querySelector("style")?.remove(); // it styles a surrounding page
  shown.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${shown.outerHTML}\n`;
}
