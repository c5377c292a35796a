import { describe, expect, it, vi } from 'vitest';
import { describeCalls, takeCalls } from '../support/system-calls.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { type Operation, operations } from './operations.js';
import { table } from './table.js';

vi.mock('node:fs', async (original) => {
  const { recordingFs } = await import('../support/system-calls.js');
  return recordingFs(await original());
});

const inFolder = temporaryFolder();

describe.each(['standard', 'compressed'] as const)('%s', (format) => {
  const ways: { readonly [operation: string]: Operation } = operations[format];

  it.each(Object.entries(table[format]))('%s asks the system for what the table says', (operation, calls) => {
    const act = ways[operation]!(inFolder);
    takeCalls();
    act();
    expect(describeCalls(takeCalls())).toBe(calls);
  });

  it('has a row for every operation', () => {
    expect(Object.keys(ways).sort()).toEqual(Object.keys(table[format]).sort());
  });
});
