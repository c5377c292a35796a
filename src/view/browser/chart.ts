/** A chart that can be zoomed into: uPlot draws it, and what it shows is decided outside. */
import { floorTo } from '../../bytes/integers.js';
import { timeTicks } from '../../tools/chart-time-axis.js';
import { tickLabel, type ValueScale, valueScale } from '../../tools/chart-value-axis.js';
import type { TimeZone } from '../../tools/time-zone.js';
import type { WireRange } from '../wire.js';
import { element } from './dom.js';
import { type Aligned, align, type Line } from './lines.js';
import { onScheme, paint } from './scheme.js';

/** Who is asked, and told what somebody does with the chart. */
export interface ChartHost {
  /** Somebody wants to see this range. */
  onRange(range: WireRange): void;
  /** Somebody wants to see all again. */
  onReset(): void;
  /** The pointer is over the interval of this time in the finest line; undefined when it leaves. */
  onTime(time: number | undefined): void;
  /** As far as there is anything to see. */
  limits(): WireRange;
}

const DASHES = [[], [6, 3], [2, 3], [9, 3, 2, 3]];
const AXIS_FONT = '12px system-ui, sans-serif';
/** Pixels of a character of that font, on the wide side. */
const CHARACTER = 7;
const VALUE_DISTANCE = 36;
/** Seconds: nobody can see less. */
const LEAST_RANGE = 2;
/** Beyond any number of digits: uPlot shall find room for its ticks, which are chosen here. */
const ANY_INCREMENT = [1e9];
/** Values closer to 0 than this are drawn as they are. */
const TINY = 1e-290;

export class Chart {
  readonly element: HTMLElement;
  readonly #area: HTMLElement;
  readonly #host: ChartHost;
  #plot: uPlot | undefined;
  #key = '';
  #lines: readonly Line[] = [];
  #data: Aligned = [[]];
  #range: WireRange = { from: 0, until: 1 };
  #zone: TimeZone = 'local';
  /** Values are drawn as multiples of it, since uPlot has no labels for numbers of 18 digits. */
  #unit = 1;
  #scale: ValueScale = valueScale(undefined, undefined, 5);

  constructor(host: ChartHost) {
    this.#host = host;
    this.#area = element('div', { class: 'plot-area' });
    this.element = element(
      'div',
      {
        class: 'chart',
        tabindex: 0,
        role: 'group',
        'aria-roledescription': 'chart',
        'aria-label': 'Chart: + and - zoom, the arrow keys move, Escape shows all',
      },
      this.#area,
      element('p', { class: 'nothing', hidden: true }),
    );
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#area);
    onScheme(() => this.#plot?.redraw(false));
  }

  get range(): WireRange {
    return this.#range;
  }

  /** Pixels from the left to the right edge of the plot. */
  get pixels(): number {
    // Before it is shown for the first time it has no width, but it will hardly be wider than the window.
    return Math.round((this.#area.clientWidth || innerWidth) * devicePixelRatio);
  }

  show(lines: readonly Line[], range: WireRange, zone: TimeZone): void {
    this.#lines = lines;
    this.#range = range;
    this.#zone = zone;
    this.#unit = unitOf(lines);
    this.#data = align(lines, this.#unit);
    const key = lines.map(({ id, color, dash }) => `${id} ${color} ${dash}`).join('\n');
    if (this.#plot === undefined || key !== this.#key) this.#rebuild();
    else this.#plot.setData(this.#data as uPlot.AlignedData);
    this.#key = key;
    this.#sayNothing();
  }

  zoom(factor: number): void {
    const { from, until } = this.#range;
    const middle = (from + until) / 2;
    const half = ((until - from) * factor) / 2;
    this.#ask({ from: middle - half, until: middle + half });
  }

  /** @param share  of the range, negative to the left */
  move(share: number): void {
    const { from, until } = this.#range;
    const limits = this.#host.limits();
    const way = (until - from) * share;
    const bound = way < 0 ? Math.max(way, limits.from - from) : Math.min(way, limits.until - until);
    // Already past the end there is no way on, and none back by asking to go on.
    if (bound === 0 || bound < 0 !== way < 0) return;
    this.#ask({ from: from + bound, until: until + bound });
  }

  #ask(range: WireRange): void {
    const limits = this.#host.limits();
    const from = Math.max(limits.from, Math.floor(range.from));
    const until = Math.min(limits.until, Math.ceil(range.until));
    if (until - from >= LEAST_RANGE) this.#host.onRange({ from, until });
  }

  /** As uPlot wants it: null keeps it from doing anything of its own. */
  #reset(): null {
    this.#host.onReset();
    return null;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Readonly<Record<string, () => void>> = {
      '+': () => this.zoom(0.5),
      '=': () => this.zoom(0.5),
      '-': () => this.zoom(2),
      ArrowLeft: () => this.move(-0.25),
      ArrowRight: () => this.move(0.25),
      Escape: () => this.#host.onReset(),
      Home: () => this.#host.onReset(),
      '0': () => this.#host.onReset(),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(200, this.#area.clientWidth), height: Math.max(160, this.#area.clientHeight) };
  }

  #rebuild(): void {
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), this.#data as uPlot.AlignedData, this.#area);
  }

  #options(): uPlot.Options {
    const stroke = () => paint().axis;
    const lines = { stroke: () => paint().grid, width: 1 };
    return {
      ...this.#size(),
      legend: { show: false },
      padding: [12, 18, 0, 0],
      scales: {
        x: { time: true, range: () => [this.#range.from, this.#range.until] },
        y: { range: (_, min, max) => this.#rangeOf(min, max) },
      },
      axes: [
        {
          stroke,
          grid: lines,
          ticks: { ...lines, size: 5 },
          font: AXIS_FONT,
          space: 1,
          incrs: ANY_INCREMENT,
          splits: (plot) => this.#ticks(plot).map(({ time }) => time),
          values: (plot) => this.#ticks(plot).map(({ label }) => label),
          size: 32,
        },
        {
          stroke,
          grid: lines,
          ticks: { ...lines, size: 5 },
          font: AXIS_FONT,
          space: 1,
          incrs: ANY_INCREMENT,
          splits: () => this.#scale.ticks.map((tick) => tick / this.#unit),
          values: () => this.#scale.ticks.map((tick) => tickLabel(tick, this.#scale.step, 12)),
          size: (_, values) => Math.max(4, ...(values ?? []).map((text) => text.length)) * CHARACTER + 16,
        },
      ],
      series: [{}, ...this.#lines.map((line, i) => this.#series(line, i))],
      cursor: {
        y: false,
        points: {
          size: 7,
          width: 2,
          fill: (plot, i) => this.#color(i - 1, plot),
          stroke: () => 'transparent',
        },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        bind: { dblclick: () => () => this.#reset() },
        dataIdx: (plot, i, at) => nearestKnown(plot, i, at),
      },
      hooks: {
        setSelect: [(plot) => this.#onSelect(plot)],
        setCursor: [(plot) => this.#onCursor(plot)],
        draw: [(plot) => this.#drawInfinities(plot)],
      },
    };
  }

  #series(line: Line, index: number): uPlot.Series {
    const isAlone = this.#lines.length === 1;
    return {
      label: `${line.label} ${line.archive}`,
      stroke: () => this.#color(index),
      width: 1.5,
      dash: DASHES[line.dash % DASHES.length]!,
      ...(isAlone ? { fill: () => `${this.#color(index)}1c` } : {}),
      fillTo: () => this.#scale.low / this.#unit,
      points: {
        size: 4,
        fill: () => this.#color(index),
        filter: (plot, i, isShown) => loneOnes(plot, i, isShown),
      },
    };
  }

  #color(index: number, _plot?: uPlot): string {
    const { lines } = paint();
    return lines[(this.#lines[index]?.color ?? 0) % lines.length]!;
  }

  #rangeOf(min: number | null, max: number | null): [number, number] {
    const isDrawn = min !== null && max !== null && min <= max;
    const room = Math.max(3, Math.floor(this.#area.clientHeight / VALUE_DISTANCE));
    const [low, high] = isDrawn ? [min * this.#unit, max * this.#unit] : [undefined, undefined];
    this.#scale = valueScale(low, high, room);
    return [this.#scale.low / this.#unit, this.#scale.high / this.#unit];
  }

  #ticks(plot: uPlot) {
    const { from, until } = this.#range;
    const room = (plot.bbox.width / devicePixelRatio || this.#area.clientWidth) / CHARACTER;
    let end = Number.NEGATIVE_INFINITY;
    return timeTicks(from, until, room, this.#zone).filter(({ time, label }) => {
      const middle = ((time - from) / (until - from)) * room;
      if (middle - label.length / 2 < end + 1) return false;
      end = middle + label.length / 2;
      return true;
    });
  }

  #onSelect(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#ask({ from: plot.posToVal(left, 'x'), until: plot.posToVal(left + width, 'x') });
  }

  #onCursor(plot: uPlot): void {
    const { left } = plot.cursor;
    const isOver = left !== undefined && left !== null && left >= 0;
    const step = this.#lines.reduce((least, line) => Math.min(least, line.step), Number.POSITIVE_INFINITY);
    const time = isOver ? plot.posToVal(left, 'x') : undefined;
    this.#host.onTime(time === undefined || step === Number.POSITIVE_INFINITY ? time : floorTo(time, step));
  }

  /** Infinities have no place on the axis: they stand as small triangles on the edge that they are beyond. */
  #drawInfinities(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const size = 5 * devicePixelRatio;
    for (const [index, { times, values, summary }] of this.#lines.entries()) {
      if (summary.infinite === 0) continue;
      ctx.fillStyle = this.#color(index);
      for (let i = 0; i < times.length; i++) {
        if (values[i] !== 'Infinity' && values[i] !== '-Infinity') continue;
        const x = plot.valToPos(times[i]!, 'x', true);
        if (x < bbox.left || x > bbox.left + bbox.width) continue;
        const isUp = values[i] === 'Infinity';
        const edge = isUp ? bbox.top : bbox.top + bbox.height;
        const base = edge + (isUp ? 1.6 : -1.6) * size;
        ctx.beginPath();
        ctx.moveTo(x, edge);
        ctx.lineTo(x - size, base);
        ctx.lineTo(x + size, base);
        ctx.fill();
      }
    }
  }

  #sayNothing(): void {
    const nothing = this.element.querySelector<HTMLElement>('.nothing')!;
    const { from, until } = this.#range;
    const isAny = (test: (value: number | string | null) => boolean) =>
      this.#lines.some(({ times, values }) => {
        return values.some((value, i) => times[i]! >= from && times[i]! <= until && test(value));
      });
    const isDrawn = isAny((value) => value !== null && value !== 'NaN');
    nothing.hidden = isDrawn || this.#lines.length === 0;
    if (!isDrawn)
      nothing.textContent = isAny((value) => value === 'NaN') ? 'only NaN' : 'no data in this range';
  }
}

/** The largest of all values: drawn by it, they are of the order of 1. */
function unitOf(lines: readonly Line[]): number {
  let most = 0;
  for (const { summary, values } of lines) {
    most = Math.max(most, Math.abs(summary.min ?? 0), Math.abs(summary.max ?? 0));
    if (summary.min !== undefined) continue;
    for (const value of values) if (typeof value === 'number') most = Math.max(most, Math.abs(value));
  }
  return most < TINY ? 1 : most;
}

/** Points that stand between two gaps, where no line shows them; where points are shown anyway, all. */
function loneOnes(plot: uPlot, series: number, isShown: boolean): number[] | null {
  if (isShown) return null;
  const values = plot.data[series]!;
  const neighbour = (from: number, way: 1 | -1) => {
    let i = from + way;
    while (values[i] === undefined && i >= 0 && i < values.length) i += way;
    return values[i] ?? null;
  };
  const lone: number[] = [];
  const [start = 0, end = values.length - 1] = plot.series[0]!.idxs ?? [];
  for (let i = start; i <= end; i++) {
    if (values[i] === null || values[i] === undefined) continue;
    if (neighbour(i, -1) === null && neighbour(i, 1) === null) lone.push(i);
  }
  return lone;
}

/** Of the times of all lines that of this one which a pointer means: none of those that are other lines' alone. */
function nearestKnown(plot: uPlot, series: number, at: number): number | null {
  if (series === 0) return at;
  const values = plot.data[series]!;
  if (values[at] !== undefined) return values[at] === null ? null : at;
  let [before, after] = [at, at];
  while (before >= 0 && values[before] === undefined) before--;
  while (after < values.length && values[after] === undefined) after++;
  const times = plot.data[0];
  if (values[before] == null || values[after] == null) return null;
  return times[at]! - times[before]! <= times[after]! - times[at]! ? before : after;
}
