/** Tools over whole files, one of which is odd. */
import { rmSync } from 'node:fs';
import {
  aggregationMethods,
  convert,
  type Dialect,
  explain,
  exportPoints,
  type Format,
  fill,
  mapValues,
  merge,
  open,
  resize,
  tune,
  updateFiles,
  verify,
} from '../../src/index.js';
import { checksum } from '../../src/tools/checksum.js';
import { diff } from '../../src/tools/diff.js';
import { dumpArchives } from '../../src/tools/dump.js';
import { repair } from '../../src/tools/repair/repair.js';
import { pointsText } from './handle-steps.js';
import type { Random } from './random.js';
import { type Context, drawNow, drawPoints, FILES, type Step } from './step.js';

/** Removes what an earlier tool made: each makes its file anew. */
const CLEAR: Step = {
  name: 'clear',
  text: 'remove what was made',
  changes: [FILES.made],
  needsHandle: false,
  run: ({ path }) => rmSync(path(FILES.made), { force: true }),
};

/** @param format  what the odd file was before it was changed */
export function drawToolSession(random: Random, format: Format): Step[] {
  return [CLEAR, drawTool(random, format)];
}

/** Any tool of the library. */
export function drawTool(random: Random, format: Format): Step {
  const now = drawNow(random);
  const dialect: Dialect = random.chance(0.2) ? 'go' : 'python';
  return random.weighted<() => Step>([
    [4, () => verifying(random, now, dialect)],
    [4, () => repairing(random, now, dialect)],
    [4, () => converting(random, format, now, dialect)],
    [
      2,
      () =>
        tool('fill', `from odd, ${now}, ${dialect}`, [FILES.other], ({ path }) =>
          fill(path(FILES.odd), path(FILES.other), { now, dialect }),
        ),
    ],
    [
      2,
      () =>
        tool('fill', `into odd, ${now}, ${dialect}`, [FILES.odd], ({ path }) =>
          fill(path(FILES.other), path(FILES.odd), { now, dialect }),
        ),
    ],
    [3, () => resizing(random, now, dialect)],
    [2, () => merging(random, now, dialect)],
    [2, () => tuning(random, now, dialect)],
    [2, () => mapping(random, now, dialect)],
    [2, () => explaining(random, now, dialect)],
    [2, () => exporting(random, now)],
    [2, () => comparing(random, now)],
    [2, () => summing(now)],
    [2, () => dumping(now)],
    [2, () => updatingFiles(random, now)],
  ])();
}

function verifying(random: Random, now: number, dialect: Dialect): Step {
  const deep = random.chance(0.8);
  const isInMemory = random.chance(0.3);
  return tool('verify', `${deep ? 'deep' : 'shallow'}, ${now}, ${dialect}`, [], ({ path, bytes }) =>
    verify(isInMemory ? bytes : path(FILES.odd), { deep, now, dialect }),
  );
}

function repairing(random: Random, now: number, dialect: Dialect): Step {
  const where = random.pick(['output', 'output', 'backup', 'dryRun'] as const);
  const schema = random.chance(0.2) ? { retentions: '1s:100,10s:1000', aggregation: 'max' as const } : {};
  const changes = { output: [FILES.made], backup: [FILES.odd, `${FILES.odd}.bak`], dryRun: [] }[where];
  return tool('repair', `${where}, ${now}, ${dialect}, ${JSON.stringify(schema)}`, changes, ({ path }) => {
    const options = { now, dialect, ...schema };
    const target = where === 'output' ? { output: path(FILES.made) } : { [where]: true };
    const { outcome, output } = repair(path(FILES.odd), { ...options, ...target });
    if (outcome !== 'repaired') return outcome;
    const left = verify(output!, { deep: true, now, dialect }).filter(({ level }) => level === 'damage');
    if (left.length > 0) throw new Error(`what was repaired is damaged: ${left[0]!.message}`);
    return outcome;
  });
}

function converting(random: Random, format: Format, now: number, dialect: Dialect): Step {
  const to = otherFormat(random, format);
  const isInPlace = random.chance(0.3);
  const options = {
    to,
    now,
    dialect,
    overwrite: isInPlace,
    ...(random.chance(0.3) ? { verify: false } : {}),
    ...(random.chance(0.3) ? { spec: random.pick(['max', 'average', 'p50']) } : {}),
    ...(random.chance(0.4) ? { aggregation: random.pick([...aggregationMethods]) } : {}),
  };
  const target = isInPlace ? FILES.odd : FILES.made;
  return tool('convert', `${target}, ${JSON.stringify(options)}`, [target], ({ path }) =>
    convert(path(FILES.odd), path(target), options),
  );
}

/** The format to convert to: mostly the one that the file has not. */
export function otherFormat(random: Random, format: Format): Format {
  return (format === 'standard') === random.chance(0.9) ? 'compressed' : 'standard';
}

function resizing(random: Random, now: number, dialect: Dialect): Step {
  const options = {
    now,
    dialect,
    ...random.pick([
      { xFilesFactor: 0.25 },
      { aggregation: 'max' as const },
      { retentions: '1s:100,10s:1000' },
      { retentions: '10s:2h,1m:2d' },
      { retentions: '1s:10m,1m:6h', pointsPerBlock: 50, pointSize: 8 },
      { retentions: '5s:10m,50s:6h', aggregate: true, force: true },
      { retentions: '1s:10m,10s:6h', spread: true },
    ]),
    durable: 'none' as const,
  };
  return tool('resize', JSON.stringify(options), [FILES.odd], ({ path }) => resize(path(FILES.odd), options));
}

function merging(random: Random, now: number, dialect: Dialect): Step {
  const isFrom = random.chance(0.5);
  const options = {
    now,
    dialect,
    durable: 'none' as const,
    prefer: random.pick(['source', 'target'] as const),
  };
  const [source, target] = isFrom ? [FILES.odd, FILES.other] : [FILES.other, FILES.odd];
  return tool('merge', `${isFrom ? 'from' : 'into'} odd, ${JSON.stringify(options)}`, [target], ({ path }) =>
    merge(path(source), path(target), options),
  );
}

function tuning(random: Random, now: number, dialect: Dialect): Step {
  const options = {
    now,
    dialect,
    durable: 'none' as const,
    recompute: random.chance(0.8),
    ...random.pick([{ xFilesFactor: 0 }, { aggregation: 'sum' as const }, {}]),
  };
  return tool('tune', JSON.stringify(options), [FILES.odd], ({ path }) => tune(path(FILES.odd), options));
}

function mapping(random: Random, now: number, dialect: Dialect): Step {
  const expression = random.pick(['v * 2', 'v > 3 ? null : v', 't % 60', 'null', '1 / (v - 1)']);
  const options = { now, dialect, durable: 'none' as const, recompute: random.chance(0.3) };
  return tool('mapValues', `${expression}, ${JSON.stringify(options)}`, [FILES.odd], ({ path }) =>
    mapValues(path(FILES.odd), expression, options),
  );
}

function explaining(random: Random, now: number, dialect: Dialect): Step {
  const time = now - random.below(5000);
  return tool('explain', `${time}, ${now}, ${dialect}`, [], ({ path }) =>
    explain(path(FILES.odd), time, { now, dialect }),
  );
}

function exporting(random: Random, now: number): Step {
  const form = random.pick(['csv', 'json', 'ndjson', 'graphite', 'influx', 'openmetrics'] as const);
  return tool('exportPoints', `${form}, ${now}`, [], ({ path }) => {
    let length = 0;
    for (const piece of exportPoints([path(FILES.odd)], { to: form, now })) length += piece.length;
    return length;
  });
}

function comparing(random: Random, now: number): Step {
  const force = random.chance(0.3);
  return tool('diff', `${now}${force ? ', force' : ''}`, [], ({ path }) => {
    using odd = open(path(FILES.odd), { readOnly: true, force });
    using other = open(path(FILES.other), { readOnly: true });
    return diff(odd, other, { now });
  });
}

function summing(now: number): Step {
  return tool('checksum', String(now), [], ({ path }) => {
    using database = open(path(FILES.odd), { readOnly: true });
    return checksum(database, { now });
  });
}

function dumping(now: number): Step {
  return tool('dump', String(now), [], ({ path }) => {
    using database = open(path(FILES.odd), { readOnly: true });
    return [dumpArchives(database, undefined, 'time', now), dumpArchives(database, undefined, 'slots', now)];
  });
}

function updatingFiles(random: Random, now: number): Step {
  const points = drawPoints(random);
  const text = `${pointsText(points)}, ${now}`;
  return tool('updateFiles', text, [FILES.odd, FILES.other], ({ path }: Context) => {
    const paths = [FILES.odd, FILES.other].map(path);
    const { failures } = updateFiles(
      paths.map((file) => ({ path: file, points })),
      { now },
    );
    // Refused for one file, the call has done its work on the other: each is looked at by itself.
    if (failures.length === paths.length) throw failures[0]!.error;
  });
}

function tool(
  name: string,
  text: string,
  changes: readonly string[],
  run: (context: Context) => unknown,
): Step {
  return { name, text: `${name}(${text})`, changes, needsHandle: false, run };
}
