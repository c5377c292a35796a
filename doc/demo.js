/**
 * The demo: four years of real temperatures in a database of three archives, made, filled, read and drawn with
 * the command `sotto`, and read once more with the library. It leaves demo.wsp in the current folder.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from '../dist/index.js';

const COMMAND = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url));
const DATA = relative(
  process.cwd(),
  fileURLToPath(new URL('../fixtures/seattle-weather.csv', import.meta.url)),
);
const COLUMNS = String(Math.min(process.stdout.columns ?? 80, 100));

function say(text) {
  console.log(`\n# ${text}`);
}

/** Shows a command and runs it. */
function sotto(...args) {
  console.log(`$ sotto ${args.map((word) => (/\s/.test(word) ? `'${word}'` : word)).join(' ')}`);
  const { status } = spawnSync(process.execPath, [COMMAND, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 4);
}

rmSync('demo.wsp', { force: true });

say('A database of three archives: days for 5 years, weeks for 10, four weeks for 20.');
sotto('create', 'demo.wsp', '1d:5y', '1w:10y', '4w:20y');

say('The highest temperature of each day in Seattle, 2012 to 2015 (NOAA), taking the newest day for now.');
sotto('update', 'demo.wsp', '--file', DATA, '--now', 'newest', '--verbose');

say('The last days, weeks and months: each archive holds the averages of the one before.');
for (const [archive, from] of [
  ['0', '-6d'],
  ['1', '-5w'],
  ['2', '-20w'],
]) {
  sotto(
    'fetch',
    'demo.wsp',
    '--archive',
    archive,
    `--from=${from}`,
    '--now',
    'newest',
    '--time',
    'iso',
    '--precision',
    '1',
  );
}

say('What the file says of itself.');
sotto('info', 'demo.wsp');

say('All of it, at each resolution.');
for (const [archive, title] of [
  ['0', 'days'],
  ['1', 'weeks'],
  ['2', 'four weeks'],
]) {
  sotto(
    'plot',
    'demo.wsp',
    '--archive',
    archive,
    '--from',
    '2012-01-01',
    '--now',
    'newest',
    '--height',
    '9',
    '--width',
    COLUMNS,
    '--title',
    title,
  );
}

say('The same from a program: the hottest day.');
const database = open('demo.wsp', { readOnly: true });
const now = Date.UTC(2015, 11, 31) / 1000;
const series = database.fetch(now - 4 * 365 * 86_400, now, { now });
const hottest = [...series].reduce((a, b) => ((b[1] ?? -Infinity) > (a[1] ?? -Infinity) ? b : a));
database.close();
console.log(`${new Date(hottest[0] * 1000).toISOString().slice(0, 10)}: ${hottest[1]} °C`);

console.log('\nThe file stays here as demo.wsp: try `npx sotto dump demo.wsp --archive 2`.');
