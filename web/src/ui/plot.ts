/** Stacked bars over time with uPlot. In a file of its own, so that the library comes only with the first chart. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Plot {
  target: HTMLElement;
  width: number;
  height: number;
  /** Begin of each bucket, in seconds. */
  times: number[];
  /** Length of a bucket in seconds. */
  step: number;
  series: { label: string; values: readonly number[]; colour: string }[];
  axisTime: (seconds: number) => string;
  axisValue: (value: number) => string;
  onhover: (index: number | null) => void;
  onpick?: (from: number, to: number) => void;
}

export function plot(given: Plot): { destroy(): void } {
  const style = getComputedStyle(given.target);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const stacked: number[][] = [];
  for (const [i, one] of given.series.entries()) {
    const below = stacked[i - 1];
    stacked.push(given.times.map((_, k) => (one.values[k] ?? 0) + (below?.[k] ?? 0)));
  }
  // The tallest stack is drawn first, the ones below it over it.
  const order = given.series.map((_, i) => i).reverse();
  const bars = uPlot.paths.bars!({ size: [0.78, 28], radius: 0.12 });
  const font = `11px ${style.fontFamily}`;
  const axis = { stroke: token('--ink-3'), font, ticks: { show: false }, gap: 4 };
  const chart = new uPlot(
    {
      width: given.width,
      height: given.height,
      padding: [6, 4, 0, 0],
      legend: { show: false },
      cursor: { x: false, y: false, points: { show: false }, drag: { x: given.onpick !== undefined, y: false, setScale: false } },
      scales: {
        x: { time: true, range: () => [given.times[0]! - given.step / 2, given.times.at(-1)! + given.step / 2] },
        y: { range: (_, __, most) => [0, Math.max(4, most * 1.06)] },
      },
      axes: [
        { ...axis, size: 22, grid: { show: false }, space: 74, values: (_, all) => all.map(given.axisTime) },
        { ...axis, size: 46, space: 32, grid: { stroke: token('--line'), width: 1 }, values: (_, all) => all.map((v) => (Number.isInteger(v) ? given.axisValue(v) : '')) },
      ],
      series: [
        {},
        ...order.map((i) => {
          const colour = token(given.series[i]!.colour);
          return { label: given.series[i]!.label, fill: colour, stroke: colour, width: 0, paths: bars, points: { show: false } };
        }),
      ],
      hooks: {
        setCursor: [(u) => given.onhover(u.cursor.idx ?? null)],
        setSelect: [
          (u) => {
            if (u.select.width < 4) return;
            const [a, b] = [u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x')];
            given.onpick?.(Math.floor((a + given.step / 2) / given.step) * given.step, Math.ceil((b - given.step / 2) / given.step) * given.step + given.step);
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    [given.times, ...order.map((i) => stacked[i]!)] as uPlot.AlignedData,
    given.target,
  );
  const leave = () => given.onhover(null);
  chart.over.addEventListener('mouseleave', leave);
  return { destroy: () => chart.destroy() };
}
