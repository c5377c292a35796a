import { appendFileSync, existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { create, open, WhisperError } from '../../src/index.js';
import { makeCorpus } from './corpus.js';
import { type Finding, judge, LIMITS } from './judge.js';
import type { Plan } from './plan.js';
import { CommandEnd, type Context, FILES, MEMORY, type Step } from './step.js';
import { makeWorkFolder } from './work-folder.js';

const corpus = makeCorpus();
const base = corpus.find(({ name }) => name === 'standard-tiny')!;

function step(
  run: (context: Context) => unknown,
  changes: readonly string[] = [],
  needsHandle = false,
): Step {
  return { name: 'planted', text: 'planted()', changes, needsHandle, run };
}

const opening = step(
  (context) => {
    context.database = open(context.path(FILES.odd));
  },
  [FILES.odd],
);
const openingBytes = step((context) => {
  context.database = open(context.bytes);
});

function refuse(): never {
  throw new WhisperError('WSP_CORRUPT', { found: 'nothing' });
}

/** What is found in these steps; the folder is gone afterwards. */
async function findings(
  steps: readonly Step[],
  limits = { ...LIMITS, cpuMs: 60_000 },
): Promise<readonly Finding[]> {
  const folder = makeWorkFolder();
  const plan: Plan = { base, other: base, mutations: [], seal: 'none', steps };
  const verdict = await judge(plan, corpus, folder, limits);
  expect(existsSync(folder)).toBe(false);
  return verdict.findings;
}

const grow = (path: string) => appendFileSync(path, 'more');

describe('what a step does wrong is found', () => {
  it.each<{ name: string; kind: string; steps: Step[] }>([
    { name: 'an error of another family', kind: 'exception', steps: [step(() => [][0]!['x'])] },
    {
      name: 'an internal error of a command',
      kind: 'exception',
      steps: [step(() => new CommandEnd(4, 'sotto: internal error: TypeError'))],
    },
    {
      name: 'an error of the system for which there is no cause',
      kind: 'system',
      steps: [
        step(() => {
          throw new WhisperError('WSP_SYSTEM', { found: 'no room' });
        }),
      ],
    },
    { name: 'a hundred MiB taken', kind: 'memory', steps: [step(() => new Uint8Array(100 * 2 ** 20))] },
    {
      name: 'a file changed by a call that reads',
      kind: 'stray',
      steps: [step(({ path }) => grow(path(FILES.odd)))],
    },
    {
      name: 'another file changed than the one meant',
      kind: 'stray',
      steps: [step(({ path }) => grow(path(FILES.other)), [FILES.odd])],
    },
    {
      name: 'a file left beside',
      kind: 'stray',
      steps: [step(({ path }) => writeFileSync(path('.sotto-1-0.tmp'), ''), [FILES.odd])],
    },
    {
      name: 'a file made outside',
      kind: 'stray',
      steps: [step(({ path }) => writeFileSync(path('../outside/new'), ''), [FILES.odd])],
    },
    { name: 'a file removed', kind: 'stray', steps: [step(({ path }) => rmSync(path(FILES.other)))] },
    {
      name: 'bytes changed that were only lent',
      kind: 'stray',
      steps: [step(({ bytes }) => bytes.fill(1, 0, 4))],
    },
    {
      name: 'a file changed by a refused call',
      kind: 'changed',
      steps: [
        step(
          ({ path }) => {
            grow(path(FILES.odd));
            refuse();
          },
          [FILES.odd],
        ),
      ],
    },
    {
      name: 'a file changed by a command that failed',
      kind: 'changed',
      steps: [
        step(
          ({ path }) => {
            grow(path(FILES.odd));
            return new CommandEnd(3, 'sotto: no');
          },
          [FILES.odd],
        ),
      ],
    },
    {
      name: 'a database in memory changed by a refused call',
      kind: 'changed',
      steps: [
        openingBytes,
        step(
          ({ database }) => {
            database!.setXFilesFactor(1);
            refuse();
          },
          [MEMORY],
          true,
        ),
      ],
    },
    {
      name: 'a database in memory changed by a call that reads',
      kind: 'stray',
      steps: [openingBytes, step(({ database }) => database!.setXFilesFactor(1), [], true)],
    },
    {
      name: 'a file that cannot be opened after a write',
      kind: 'unopenable',
      steps: [opening, step(({ path }) => truncateSync(path(FILES.odd), 20), [FILES.odd], true)],
    },
  ])('$name', async ({ kind, steps }) => {
    expect((await findings(steps)).map((finding) => finding.kind)).toEqual([kind]);
  });

  it('time of the processor beyond the limit', async () => {
    const spin = step(() => {
      let sum = 0;
      for (let i = 0; i < 3e6; i++) sum += Math.sqrt(i);
      return sum;
    });
    expect(await findings([spin], { ...LIMITS, cpuMs: 0.01 })).toEqual([
      { kind: 'slow', step: 'planted', text: 'planted()', detail: expect.stringMatching(/^\d+ ms/) },
    ]);
  });
});

describe('what a step may do is not found', () => {
  it.each<{ name: string; steps: Step[] }>([
    { name: 'a refusal', steps: [step(refuse)] },
    { name: 'a command whose answer is no', steps: [step(() => new CommandEnd(1, ''))] },
    { name: 'a change of the file meant', steps: [step(({ path }) => grow(path(FILES.odd)), [FILES.odd])] },
    {
      name: 'a new file that was asked for',
      steps: [step(({ path }) => create(path(FILES.made), { retentions: '1s:5' }).close(), [FILES.made])],
    },
    {
      name: 'a journal that lies there as long as the handle is open',
      steps: [
        opening,
        step(({ path }) => writeFileSync(path(`${FILES.odd}.journal`), ''), [], true),
        step(
          (context) => {
            rmSync(context.path(`${FILES.odd}.journal`));
            context.database!.close();
            context.database = undefined;
          },
          [],
          true,
        ),
      ],
    },
    { name: 'a call on a handle where there is none', steps: [step(() => [][0]!['x'], [], true)] },
  ])('$name', async ({ steps }) => {
    expect(await findings(steps)).toEqual([]);
  });

  it('but a journal that is left behind is', async () => {
    const leave = step(
      (context) => {
        writeFileSync(context.path(`${FILES.odd}.journal`), '');
        context.database!.close();
        context.database = undefined;
      },
      [FILES.odd],
      true,
    );
    expect((await findings([opening, leave])).map(({ kind }) => kind)).toEqual(['stray']);
  });
});
