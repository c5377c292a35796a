import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { systemError, WhisperError } from '../../errors.js';
import { renderSvgChart } from '../../tools/svg-chart.js';
import { renderSparkline, renderTextChart } from '../../tools/text-chart.js';
import { wholeNumber } from '../arguments.js';
import type { Io } from '../io.js';
import { addRangeOptions, type Fetched, fetchEach, type RangeArguments } from '../range.js';

interface Given extends RangeArguments {
  readonly width?: number;
  readonly height?: number;
  readonly glyphs: 'braille' | 'block';
  readonly svg?: string;
  readonly spark?: boolean;
  readonly time: 'utc' | 'local';
  readonly title?: string;
  readonly color: boolean;
}

export function plotCommand(io: Io): Command {
  return addRangeOptions(new Command('plot'))
    .summary('draw a range of values')
    .description('Draws the values of a range in the terminal, or as an SVG file. Gaps stay gaps.')
    .usage('[options] PATH...')
    .argument('<paths...>', 'the databases; an SVG shows them all in one chart')
    .addOption(new Option('--width <n>', 'characters, or pixels of an SVG').argParser(wholeNumber(20)))
    .addOption(new Option('--height <n>', 'lines, or pixels of an SVG').argParser(wholeNumber(2)))
    .addOption(
      new Option('--glyphs <kind>', 'what to draw with').choices(['braille', 'block']).default('braille'),
    )
    .addOption(new Option('--spark', 'one line for each file').conflicts('svg'))
    .option('--svg <file>', 'write an SVG file instead; - for standard output')
    .addOption(new Option('--time <zone>', 'zone of the axis').choices(['utc', 'local']).default('utc'))
    .option('--title <text>', "in place of the file's name")
    .option('--no-color', 'no colour, also on a terminal')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto plot cpu.wsp --from -7d\n  sotto plot old.wsp --archive 2 --now newest\n' +
        '  sotto plot a.wsp b.wsp --svg both.svg',
    )
    .action((paths: string[], given: Given) => plot(paths, given, io));
}

function plot(paths: readonly string[], given: Given, io: Io): void {
  const fetched = fetchEach(paths, given, io);
  if (fetched.length === 0) return;
  if (given.svg !== undefined) writeSvg(fetched, given, given.svg, io);
  else io.out(given.spark === true ? sparklines(fetched, given, io) : charts(fetched, given, io));
}

function charts(fetched: readonly Fetched[], given: Given, io: Io): string {
  const drawn = fetched.map(({ path, series }) => {
    return renderTextChart(series, {
      width: given.width ?? Math.max(20, Math.min(io.columns, 120)),
      ...(given.height === undefined ? {} : { height: given.height }),
      title: given.title ?? path,
      timeZone: given.time,
      color: given.color && io.allowsColor && io.isOutputTerminal,
      glyphs: given.glyphs,
    });
  });
  return `${drawn.map((chart) => chart.replace(/\n$/, '')).join('\n\n')}\n`;
}

function sparklines(fetched: readonly Fetched[], given: Given, io: Io): string {
  const longest = fetched.reduce((most, { path }) => Math.max(most, path.length), 0);
  const width = Math.max(10, (given.width ?? io.columns) - longest - 1);
  return fetched
    .map(({ path, series }) => `${path.padEnd(longest)} ${renderSparkline(series, width)}\n`)
    .join('');
}

function writeSvg(fetched: readonly Fetched[], given: Given, file: string, io: Io): void {
  const svg = renderSvgChart(
    fetched.map(({ path, series }) => ({
      from: series.from,
      until: series.until,
      step: series.step,
      values: series.values,
      known: series.known,
      label: path,
    })),
    {
      ...(given.width === undefined ? {} : { width: given.width }),
      ...(given.height === undefined ? {} : { height: given.height }),
      title: given.title ?? fetched.map(({ path }) => path).join(', '),
      timeZone: given.time,
    },
  );
  try {
    if (file === '-') io.out(svg);
    else {
      checkReplaceable(file);
      writeFileSync(file, svg);
    }
  } catch (error) {
    throw error instanceof WhisperError ? error : systemError(error, file, 'write it');
  }
}

/** Refuses a file that is there and no SVG: `--svg a.wsp` is a slip that would cost a database. */
function checkReplaceable(file: string): void {
  if (!existsSync(file) || !statSync(file).isFile()) return;
  const start = readFileSync(file).subarray(0, 100).toString('latin1').trimStart();
  if (start === '' || start.startsWith('<svg') || start.startsWith('<?xml')) return;
  throw new WhisperError('WSP_EXISTS', {
    path: file,
    found: 'a file that is no SVG',
    expected: 'a new name for the chart',
  });
}
