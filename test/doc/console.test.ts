import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commandsOf, makeApplication, removeApplication, rerun, runLine } from '../../doc/tool/console.js';

let folder = '';
beforeEach(() => {
  folder = makeApplication(fileURLToPath(new URL('../..', import.meta.url)));
});
afterEach(() => removeApplication(folder));

it('finds the commands of a block and what they print', () => {
  expect(commandsOf('$ echo a\na\n$ true\n$ echo b; echo c\nb\nc\n')).toEqual([
    { command: 'echo a', output: 'a\n' },
    { command: 'true', output: '' },
    { command: 'echo b; echo c', output: 'b\nc\n' },
  ]);
});

it('puts what is really printed into a document, and leaves all else alone', () => {
  const before =
    'Text $ a\n\n```console\n$ echo a >f\n$ cat f\nold\nlines\n```\n\n```text\n$ echo\n```\n\n```console\n$ printf b\n```\n';
  const after = before.replace('old\nlines\n', 'a\n').replace('$ printf b\n', '$ printf b\nb\n');
  expect(rerun(before, folder)).toBe(after);
  expect(rerun(after, folder)).toBe(after);
});

it('runs lines with the data beside them, in UTC, without colour, both streams in their order', () => {
  expect(runLine(folder, 'ls')).toBe('fixtures\n');
  expect(runLine(folder, 'echo $TZ $NO_COLOR; echo e >&2; echo o')).toBe('UTC 1\ne\no\n');
});
