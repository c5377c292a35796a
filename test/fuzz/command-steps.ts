/** The command on odd files, through its entry in this process. */
import { main } from '../../src/cli/main.js';
import type { Format } from '../../src/index.js';
import { CORPUS_NOW } from './corpus.js';
import type { Random } from './random.js';
import { CommandEnd, type Context, drawNow, FILES, type Step } from './step.js';
import { otherFormat } from './tool-steps.js';

/** One command line: its words, where `ODD`, `OTHER` and `MADE` stand for the paths. */
interface CommandLine {
  readonly words: readonly string[];
  readonly changes?: readonly string[];
  readonly input?: string;
}

const PATHS: { readonly [word: string]: string } = {
  ODD: FILES.odd,
  OTHER: FILES.other,
  MADE: FILES.made,
};

/** @param format  what the odd file was before it was changed */
export function drawCommandSession(random: Random, format: Format): Step[] {
  return [drawCommand(random, format)];
}

/** Any command that works on files. */
export function drawCommand(random: Random, format: Format): Step {
  const { words, changes = [], input } = drawLine(random, format);
  const now = drawNow(random);
  const line =
    words.includes('--now') || !TAKES_NOW.includes(words[0]!) ? words : [...words, '--now', `${now}`];
  return {
    name: `sotto ${words[0]}`,
    text: `sotto ${line.join(' ')}`,
    changes,
    needsHandle: false,
    run: (context) => runCommand(line, input, context),
  };
}

const TAKES_NOW = ['verify', 'fetch', 'plot', 'convert', 'update', 'diff', 'checksum', 'repair'];

function drawLine(random: Random, format: Format): CommandLine {
  const some = (share: number, ...words: string[]) => (random.chance(share) ? words : []);
  const archive = some(0.3, '--archive', `${random.below(3)}`);
  const force = some(0.3, '--force');
  const json = some(0.3, '--json');
  return random.weighted<() => CommandLine>([
    [3, () => ({ words: ['verify', ...some(0.8, '--deep'), ...json, 'ODD', ...some(0.2, 'OTHER')] })],
    [3, () => ({ words: ['info', ...force, ...some(0.4, '--json'), 'ODD'] })],
    [3, () => ({ words: ['dump', ...force, ...dumpKind(random), ...archive, 'ODD'] })],
    [3, () => ({ words: ['fetch', '--from', fromWord(random), ...json, ...archive, 'ODD'] })],
    [1, () => ({ words: [random.pick(['first', 'last']), ...force, ...archive, 'ODD'] })],
    [2, () => ({ words: ['plot', '--from', fromWord(random), ...plotKind(random), 'ODD'] })],
    [2, () => ({ words: ['diff', ...some(0.3, '--summary'), ...some(0.3, '--force'), 'ODD', 'OTHER'] })],
    [1, () => ({ words: ['checksum', ...force, 'ODD'] })],
    [1, () => ({ words: ['explain', '--at', fromWord(random), 'ODD'] })],
    [1, () => ({ words: ['export', '--to', random.pick(['csv', 'influx', 'openmetrics']), 'ODD'] })],
    [1, () => ({ words: ['list', ...some(0.5, '--long'), 'ODD'] })],
    [1, () => ({ words: ['resize', '--dry-run', 'ODD', '10s:2h', '1m:7d'] })],
    [2, () => convertLine(random, format)],
    [2, () => repairLine(random)],
    [2, () => updateLine(random)],
    [1, () => ({ words: ['estimate', '--sample', 'ODD', ...some(0.5, '10s:6h', '1m:7d')] })],
  ])();
}

function dumpKind(random: Random): string[] {
  return random.pick([
    [],
    ['--slots'],
    ['--header-only'],
    ['--raw'],
    ['--blocks'],
    ['--bits'],
    ['--bits', '--block', `${random.below(3)}`],
    ['--json'],
    ['--json', '--slots'],
  ]);
}

function plotKind(random: Random): string[] {
  return random.pick([
    [],
    ['--spark'],
    ['--svg', '-'],
    ['--html', '-'],
    ['--glyphs', 'block', '--width', '200'],
  ]);
}

function fromWord(random: Random): string {
  return random.pick(['-1h', '-1d', '-5min', '-1y', '0', `${CORPUS_NOW - random.below(5000)}`]);
}

function convertLine(random: Random, format: Format): CommandLine {
  const to = otherFormat(random, format);
  const agg = random.chance(0.3) ? ['--agg', 'max'] : [];
  const isInPlace = random.chance(0.4);
  const now = random.chance(0.3) ? ['--now', 'newest'] : [];
  const words = [
    'convert',
    '--to',
    to,
    ...agg,
    ...now,
    ...(isInPlace ? [] : ['--overwrite', '-o', 'MADE']),
    'ODD',
  ];
  return { words, changes: isInPlace ? [FILES.odd] : [FILES.made] };
}

function repairLine(random: Random): CommandLine {
  return random.pick<CommandLine>([
    { words: ['repair', '--dry-run', 'ODD'] },
    { words: ['repair', '--json', '--output', 'MADE', 'ODD'], changes: [FILES.made] },
    { words: ['repair', '--backup', 'ODD'], changes: [FILES.odd, `${FILES.odd}.bak`] },
  ]);
}

function updateLine(random: Random): CommandLine {
  const times = random.times(random.between(1, 4), () => CORPUS_NOW + random.between(-2000, 200));
  if (random.chance(0.5))
    return { words: ['update', 'ODD', ...times.map((time) => `${time}:1`)], changes: [FILES.odd] };
  const input = times.map((time) => `${time}:2`).join('\n');
  return { words: ['update', 'ODD', '--stdin'], input, changes: [FILES.odd] };
}

/** Runs a command; what it prints is counted and let go. */
async function runCommand(
  words: readonly string[],
  input: string | undefined,
  { path }: Context,
): Promise<CommandEnd> {
  let stderr = '';
  const exitCode = await main(
    words.map((word) => (Object.hasOwn(PATHS, word) ? path(PATHS[word]!) : word)),
    {
      out: () => {},
      err: (text) => {
        stderr = (stderr + text).slice(0, 10_000);
      },
      readInput: () => Promise.resolve(input ?? ''),
      ask: () => Promise.resolve(''),
      isInputTerminal: input === undefined,
      isOutputTerminal: false,
      isErrorTerminal: false,
      columns: 80,
      allowsColor: false,
      startWork: () => new AbortController().signal,
      clock: () => CORPUS_NOW,
    },
  );
  return new CommandEnd(exitCode, stderr);
}
