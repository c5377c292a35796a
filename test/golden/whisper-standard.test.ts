import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { aggregationOf } from '../../src/archive/aggregate.js';
import { checkAggregationMethod } from '../../src/format/aggregation-method.js';
import { create, type Database, open, parseRetention, WhisperError } from '../../src/index.js';
import { ringFaults } from '../support/ring-invariant.js';
import {
  apply,
  codesOf,
  createFrom,
  type Fetch,
  gunzip,
  type HeaderRow,
  number,
  sha256,
  vectorRows,
} from '../support/vectors.js';

const folder = mkdtempSync(join(tmpdir(), 'sotto-golden-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('cases: a history of writes gives the bytes and the answers of Python Whisper', () => {
  it.each(vectorRows('cases'))('$name', (row) => {
    const path = join(folder, `${row.name}.wsp`);
    using database = createFrom(row.create, path);
    for (const op of row.ops) {
      if (op.error !== undefined) {
        const before = database.toBytes();
        expect(codesOf(op.error)).toContain(codeThrownBy(() => apply(database, op)));
        expect(database.toBytes()).toEqual(before);
        continue;
      }
      const returned = apply(database, op);
      if ('returns' in op) {
        expect(returned).toBe(op.op === 'setXFilesFactor' ? number(op.returns as number) : op.returns);
      }
    }
    const bytes = database.toBytes();
    expect(bytes.length).toBe(row.fileSize);
    expect(sha256(bytes)).toBe(row.fileSha256);
    using reopened = open(path);
    using inMemory = open(bytes);
    for (const fetch of row.fetches) {
      expectAnswer(database, fetch);
      expectAnswer(reopened, fetch);
      expectAnswer(inMemory, fetch);
    }
  });
});

/** Asks a database in Python's form, and once more clamped, which must agree wherever both say something. */
function expectAnswer(database: Database, fetch: Fetch): void {
  const { from, now, archiveToSelect } = fetch;
  const until = fetch.until ?? undefined;
  const step =
    archiveToSelect === undefined || archiveToSelect === '' || archiveToSelect === 0
      ? undefined
      : archiveToSelect;
  if (fetch.error !== undefined) {
    expect(codesOf(fetch.error)).toContain(codeThrownBy(() => database.fetch(from, until, { now, step })));
    return;
  }
  const asPython = database.fetch(from, until, { now, step, clamp: false });
  const expected = fetch.expected ?? null;
  if (expected === null || asPython === null) {
    expect(asPython).toBe(expected);
    return;
  }
  expect([asPython.from, asPython.until, asPython.step]).toEqual(expected.timeInfo);
  expect([...asPython].map(([, value]) => value)).toEqual(
    expected.values.map((value) => (value === null ? null : number(value))),
  );
  const clamped = database.fetch(from, until, { now, step });
  if (clamped === null) return;
  expect(clamped.length).toBe((clamped.until - clamped.from) / clamped.step);
  if (!clamped.isClamped) expect(clamped).toEqual(asPython);
}

function codeThrownBy(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof WhisperError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

describe('retentionDefs: definitions read as Python reads them, with ASCII digits and numbers of at least 1', () => {
  it.each(vectorRows('retentionDefs'))('$input', ({ input, ours }) => {
    if (ours === 'error') {
      expect(codeThrownBy(() => parseRetention(input))).toBe('WSP_BAD_RETENTION');
    } else {
      expect(parseRetention(input)).toEqual({ step: ours[0], points: ours[1] });
    }
  });
});

describe('archiveLists: the same lists are taken, and a refused one leaves no file', () => {
  it.each(vectorRows('archiveLists').map((row, i) => ({ ...row, i })))('$archives', (row) => {
    const path = join(folder, `list-${row.i}.wsp`);
    const retentions = row.archives.map(([step, points]) => ({ step, points }));
    const before = structuredClone(retentions);
    if (row.ours === 'error') {
      expect(codeThrownBy(() => create(path, { retentions }))).toBe('WSP_BAD_ARCHIVE_LIST');
      expect(existsSync(path)).toBe(false);
    } else {
      using database = create(path, { retentions });
      const bytes = database.toBytes();
      expect(bytes.length).toBe(row.fileSize);
      expect(Buffer.from(bytes).toString('hex')).toMatch(new RegExp(`^${row.headerHex}(00)*$`));
    }
    expect(retentions).toEqual(before);
  });
});

describe('createOptions: what Python refuses is refused, what it takes gives the same header', () => {
  it.each(vectorRows('createOptions').map((row, i) => ({ ...row, i })))('$options', (row) => {
    const path = join(folder, `options-${row.i}.wsp`);
    const { xFilesFactor, aggregationMethod: aggregation } = row.options;
    const attempt = () => create(path, { retentions: '60:5', xFilesFactor, aggregation });
    if (row.python !== 'ok') {
      expect(codesOf(row.python.error)).toContain(codeThrownBy(attempt));
      expect(existsSync(path)).toBe(false);
      return;
    }
    using database = attempt();
    expect(Buffer.from(database.toBytes()).toString('hex')).toMatch(new RegExp(`^${row.headerHex}`));
    using reopened = open(path, { readOnly: true });
    expect(reopened.info).toMatchObject({
      aggregation: row.readBack?.aggregationMethod,
      maxRetention: row.readBack?.maxRetention,
      xFilesFactor: row.readBack?.xFilesFactor,
    });
  });
});

describe('headers: good and odd files read as Python reads them, broken ones are refused and left alone', () => {
  it.each(vectorRows('headers'))('$name', (row) => {
    const bytes = gunzip(row.fileGzBase64);
    expect(bytes.length).toBe(row.size);
    const isVeryOld = bytes.length >= 16 && viewOf(bytes).getUint32(0) > 1024;
    if (isDangerous(bytes) || (row.python.infoError !== undefined && !isVeryOld)) {
      expect(codeThrownBy(() => open(bytes))).toBe('WSP_CORRUPT');
      return;
    }
    using database = open(bytes);
    if (row.python.info !== undefined) expectSameInfo(database, row.python.info);
    if (row.python.fetch !== undefined) {
      const series = database.fetch(row.now - 100, undefined, { now: row.now });
      expect(series && { timeInfo: [series.from, series.until, series.step], count: series.length }).toEqual(
        row.python.fetch,
      );
    }
    database.update(1, row.now, { now: row.now });
    expect(database.toBytes().length).toBe(row.size);
  });
});

/** What Python opens and we do not: reading or writing as such a header says would go wrong. */
function isDangerous(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return true;
  const view = viewOf(bytes);
  const xFilesFactor = view.getFloat32(8);
  const end = 16 + 12 * view.getUint32(12);
  if (!(xFilesFactor >= 0 && xFilesFactor <= 1) || end === 16 || end > bytes.length) return true;
  const taken = new Uint8Array(bytes.length).fill(1, 0, end);
  for (let at = 16; at < end; at += 12) {
    const [offset, step, points] = [view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8)];
    const ring = taken.subarray(offset, offset + points * 12);
    if (step === 0 || points === 0 || ring.length < points * 12 || ring.includes(1)) return true;
    ring.fill(1);
  }
  return false;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function expectSameInfo(database: Database, python: NonNullable<HeaderRow['python']['info']>): void {
  const { aggregation, maxRetention, xFilesFactor, archives } = database.info;
  expect({ aggregation, maxRetention, xFilesFactor }).toEqual({
    aggregation: python.aggregationMethod,
    maxRetention: python.maxRetention,
    xFilesFactor: python.xFilesFactor,
  });
  expect(archives).toEqual(
    python.archives.map(({ offset, secondsPerPoint: step, points, retention, size }) => {
      return { offset, step, points, retention, size };
    }),
  );
}

describe('aggregate: neighbours become one value', () => {
  it.each(vectorRows('aggregate'))('$method of $neighbours', ({ method, neighbours, result, error }) => {
    if (error !== undefined) {
      expect(codesOf(error)).toContain(codeThrownBy(() => checkAggregationMethod(method, 'python')));
      return;
    }
    const columns = {
      values: Float64Array.from(neighbours, (value) => (value === null ? Number.NaN : number(value))),
      known: Uint8Array.from(neighbours, (value) => (value === null ? 0 : 1)),
    };
    expect(aggregationOf(method)(columns, 0, neighbours.length)).toBe(number(result!));
  });
});

describe('guards: what loses data elsewhere does not here', () => {
  it.each(vectorRows('guards'))('$name', (row) => {
    const path = join(folder, `${row.name}.wsp`);
    if (row.createError !== undefined) {
      const expected = codesOf({ type: row.createError, message: '' });
      expect(expected).toContain(codeThrownBy(() => createFrom(row.create, path)));
      expect(existsSync(path)).toBe(false);
      return;
    }
    using database = createFrom(row.create, path);
    for (const op of row.ops ?? []) apply(database, op);
    expect(ringFaults(database)).toEqual([]);
    for (const rule of row.mustHold) {
      if (rule.archive === undefined) continue;
      const { timestamps, values } = database.slots(rule.archive);
      const stored = [...timestamps].filter((timestamp) => timestamp !== 0);
      if (rule.timestamps) expect(stored.toSorted((a, b) => a - b)).toEqual(rule.timestamps);
      if (rule.everyTimestampMultipleOf) {
        expect(stored.filter((timestamp) => timestamp % rule.everyTimestampMultipleOf! !== 0)).toEqual([]);
      }
      for (const [timestamp, value] of Object.entries(rule.mustContain ?? {})) {
        expect(values[timestamps.indexOf(Number(timestamp))]).toBe(value);
      }
    }
    for (const fetch of row.fetches ?? []) expectAnswer(database, fetch);
  });
});
