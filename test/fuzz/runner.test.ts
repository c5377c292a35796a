import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Runner, WHOLE } from './runner.js';

const path = temporaryFolder();

/** A runner of a child whose answer to a question is an expression of it, or something worse. */
function runnerOf(answer: string): Runner {
  writeFileSync(
    path('child.mjs'),
    `process.on('message', (question) => { ${answer} });
     process.send({ home: ${JSON.stringify(path('home'))} });`,
  );
  return new Runner(path('child.mjs'), []);
}

const question = { seed: 1, index: 0, omissions: WHOLE, collects: false };
const slow = { kind: 'slow', step: 'fetch', text: 'fetch()', detail: '' } as const;

describe('a runner', () => {
  it('hands on what a case came to, one after the other in one process', async () => {
    const runner = runnerOf(
      'process.send({ findings: [], ends: [String(question.index), String(process.pid)] })',
    );
    const one = await runner.run(question);
    const other = await runner.run({ ...question, index: 7 });
    runner.close();
    expect([one.ends[0], other.ends[0]]).toEqual(['0', '7']);
    expect(one.ends[1]).toBe(other.ends[1]);
  });

  it.each([
    { name: 'hangs', answer: 'for (;;);', kind: 'hang', detail: 'no end within 300 ms' },
    { name: 'ends by itself', answer: 'process.exit(3)', kind: 'died', detail: 'ended with 3' },
    {
      name: 'is killed',
      answer: "process.kill(process.pid, 'SIGKILL')",
      kind: 'died',
      detail: 'ended with SIGKILL',
    },
  ])('finds a child that $name, and goes on with another one', async ({ answer, kind, detail }) => {
    const runner = runnerOf(
      `if (question.index === 0) { ${answer} } else process.send({ findings: [], ends: [] })`,
    );
    expect((await runner.run(question, 300)).findings).toEqual([
      { kind, step: 'the case', text: 'the case', detail },
    ]);
    expect((await runner.run({ ...question, index: 1 })).findings).toEqual([]);
    runner.close();
  });

  it('leaves out of a case what its finding does not take', async () => {
    const runner = runnerOf(`
      const { mutations, steps } = question.omissions;
      const isThere = !mutations.includes(1) && !steps.includes(0) && !steps.includes(2);
      const findings = isThere ? [${JSON.stringify(slow)}] : [];
      process.send({ findings, ends: [], lines: ['case'], mutations: 3, steps: 4 });`);
    const confirmed = await runner.confirm(1, 0, slow);
    runner.close();
    expect(confirmed).toMatchObject({ finding: slow, lines: ['case'], seed: 1, index: 0 });
    expect(confirmed?.omissions).toEqual({ steps: [3, 1], mutations: [2, 0] });
  });

  it('drops a finding that is not seen again', async () => {
    const runner = runnerOf('process.send({ findings: [], ends: [], lines: [], mutations: 1, steps: 1 })');
    expect(await runner.confirm(1, 0, slow)).toBeUndefined();
    runner.close();
  });
});
