import { rmSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { convert, type Database, fill, open, resize, verify } from '../../src/index.js';
import { repair } from '../../src/tools/repair/repair.js';
import { sotto } from '../support/cli.js';
import { CORPUS_NOW, foundFiles, makeCorpus } from './corpus.js';
import { CLOSE } from './handle-steps.js';
import { judge, LIMITS } from './judge.js';
import { type Plan, planCase } from './plan.js';
import { type Context, FILES, type Step } from './step.js';
import { makeWorkFolder } from './work-folder.js';

vi.setConfig({ testTimeout: 120_000 });

const SEED = 20_260_101;
const cases = Number(process.env['SOTTO_RUNS'] ?? 200);
/** A busy machine fails no test: what is meant is a loop that does not end. */
const LENIENT = { ...LIMITS, cpuMs: 20_000 };

const corpus = makeCorpus();

async function findingsOf(plan: Plan) {
  const { findings, ends } = await judge(plan, corpus, makeWorkFolder(), LENIENT);
  return { findings, ends };
}

describe('odd files', () => {
  it(`get an answer or a WhisperError, in ${cases} cases of a fixed seed`, async () => {
    const ends = new Set<string>();
    for (let index = 0; index < cases; index++) {
      const verdict = await findingsOf(planCase(SEED, index, corpus));
      expect(verdict.findings, `npm run fuzz -- --seed ${SEED} --case ${index}`).toEqual([]);
      for (const end of verdict.ends) ends.add(end);
    }
    // Not everything is stopped at the door, and not everything gets in.
    for (const end of [
      'open: answer',
      'open: WSP_CORRUPT',
      'fetch: answer',
      'updateMany: answer',
      'convert: answer',
    ]) {
      expect(ends).toContain(end);
    }
  });

  it.each(foundFiles())('that were found are worked on by everything: $name', async (base) => {
    const other = corpus.find(({ name }) => name === 'compressed-usual')!;
    const { findings } = await findingsOf({ base, other, mutations: [], seal: 'none', steps: everything() });
    expect(findings).toEqual([]);
  });
});

/** What files were found by, and the like of it: late points and such that make a file grow, whole-file work of every kind. */
function everything(): Step[] {
  const now = CORPUS_NOW + 100;
  const points = (count: number, from: number) =>
    Array.from({ length: count }, (_, i) => [from + i, Math.sqrt(i)] as const);
  const tool = (name: string, changes: readonly string[], run: (context: Context) => unknown): Step => {
    return { name, text: name, changes, needsHandle: false, run };
  };
  const call = (name: string, run: (database: Database) => unknown): Step => {
    return {
      name,
      text: name,
      changes: [FILES.odd],
      needsHandle: true,
      run: ({ database }) => run(database!),
    };
  };
  const sessions = [{}, { dialect: 'go' as const }].flatMap((options) => [
    tool('open', [FILES.odd], (context) => {
      context.database = open(context.path(FILES.odd), options);
    }),
    call('fetch of all', (database) => database.fetch(0, now, { now })),
    call('fetch of an archive', (database) => database.fetch(0, now, { now, archive: 0 })),
    call('late points', (database) => database.updateMany(points(5, CORPUS_NOW - 30_000), { now })),
    call('points', (database) => database.updateMany(points(400, CORPUS_NOW - 300), { now })),
    call('erase', (database) => database.erase(CORPUS_NOW - 50, CORPUS_NOW, { now })),
    CLOSE,
  ]);
  const dialects = ['python', 'go'] as const;
  return [
    tool('verify', [], ({ path }) => verify(path(FILES.odd), { deep: true, now })),
    tool('sotto fetch', [], ({ path }) =>
      sotto(['fetch', '--json', '--from', '0', path(FILES.odd)], { now }).then(() => undefined),
    ),
    ...dialects.flatMap((dialect) => [
      tool('convert', [FILES.made], ({ path }) =>
        convert(path(FILES.odd), path(FILES.made), { to: 'standard', now, dialect }),
      ),
      tool('clear', [FILES.made], ({ path }) => rmSync(path(FILES.made), { force: true })),
    ]),
    tool('repair', [FILES.made], ({ path }) => repair(path(FILES.odd), { output: path(FILES.made), now })),
    ...sessions,
    ...dialects.flatMap((dialect) => [
      tool('fill', [FILES.odd], ({ path }) => fill(path(FILES.other), path(FILES.odd), { now, dialect })),
      tool('resize', [FILES.odd], ({ path }) =>
        resize(path(FILES.odd), { now, dialect, aggregation: 'max', durable: 'none' }),
      ),
    ]),
  ];
}
