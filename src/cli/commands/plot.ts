import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { systemError, WhisperError } from '../../errors.js';
import { wholeNumber } from '../arguments.js';
import type { Io } from '../io.js';
import type { ChartArguments } from '../plot-text.js';
import { addRangeOptions, fetchEach, type RangeArguments } from '../range.js';

interface Given extends RangeArguments, ChartArguments {
  readonly svg?: string;
  readonly html?: string;
  readonly spark?: boolean;
}

export function plotCommand(io: Io): Command {
  return addRangeOptions(new Command('plot'))
    .summary('draw a range of values')
    .description(
      'Draws the values of a range in the terminal, as an SVG file, or as a page for a browser. Gaps stay gaps. Several ' +
        'files stand in one chart, in the terminal where it has colours; else there is a chart for each.',
    )
    .usage('[options] PATH...')
    .argument('<paths...>', 'the databases')
    .addOption(new Option('--width <n>', 'characters, or pixels of an SVG').argParser(wholeNumber(20)))
    .addOption(new Option('--height <n>', 'lines, or pixels of an SVG').argParser(wholeNumber(2)))
    .addOption(
      new Option('--glyphs <kind>', 'what to draw with').choices(['braille', 'block']).default('braille'),
    )
    .option('--separate', 'a chart for each file')
    .addOption(
      new Option('--spark', 'one line for each file, with its last value').conflicts([
        'svg',
        'html',
        'separate',
      ]),
    )
    .addOption(
      new Option('--svg <file>', 'write an SVG file instead; - for standard output').conflicts([
        'html',
        'separate',
      ]),
    )
    .addOption(
      new Option(
        '--html <file>',
        'write a page for a browser instead, to zoom in, with all archives; - for standard output',
      ).conflicts('separate'),
    )
    .addOption(new Option('--time <zone>', 'zone of the axis').choices(['local', 'utc']).default('local'))
    .option('--title <text>', 'in place of the names of the files')
    .option('--color', 'colours, also where the output is no terminal')
    .option('--no-color', 'no colours, also on a terminal')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto plot cpu.wsp --from -7d\n  sotto plot old.wsp --archive 2 --now newest\n' +
        '  sotto plot a.wsp b.wsp --svg both.svg\n  sotto plot a.wsp b.wsp --html both.html',
    )
    .action((paths: string[], given: Given) => plot(paths, given, io));
}

async function plot(paths: readonly string[], given: Given, io: Io): Promise<void> {
  if (given.html !== undefined) {
    // The scripts of a page are longer than all else here: only who asks for one loads them.
    const { makePage } = await import('../plot-page.js');
    const page = makePage(paths, given, io);
    if (page !== undefined) writeDrawing(page, given.html, 'HTML page', /^(<!doctype html|<html)/i, io);
    return;
  }
  const fetched = fetchEach(paths, given, io);
  if (fetched.length === 0) return;
  const { chartsOf, sparklinesOf, svgOf } = await import('../plot-text.js');
  if (given.svg !== undefined) writeDrawing(svgOf(fetched, given), given.svg, 'SVG', /^(<svg|<\?xml)/, io);
  else io.out(given.spark === true ? sparklinesOf(fetched, given, io) : chartsOf(fetched, given, io));
}

/**
 * Writes a drawing, but not over a file that is there and none: `--svg a.wsp` is a slip that would cost a database.
 *
 * @param kind       what it is, for the refusal
 * @param beginning  how a file of that kind begins
 */
function writeDrawing(text: string, file: string, kind: string, beginning: RegExp, io: Io): void {
  if (file === '-') {
    io.out(text);
    return;
  }
  try {
    checkReplaceable(file, kind, beginning);
    writeFileSync(file, text);
  } catch (error) {
    throw error instanceof WhisperError ? error : systemError(error, file, 'write it');
  }
}

function checkReplaceable(file: string, kind: string, beginning: RegExp): void {
  if (!existsSync(file) || !statSync(file).isFile()) return;
  const start = readFileSync(file).subarray(0, 100).toString('latin1').trimStart();
  if (start === '' || beginning.test(start)) return;
  throw new WhisperError('WSP_EXISTS', {
    path: file,
    found: `a file that is no ${kind}`,
    expected: 'a new name for the chart',
  });
}
