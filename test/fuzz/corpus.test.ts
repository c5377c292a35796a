import { describe, expect, it } from 'vitest';
import { type CompressedInfo, open, verify } from '../../src/index.js';
import { CORPUS_NOW, foundFiles, makeCorpus } from './corpus.js';
import { fieldsOf } from './fields.js';

const corpus = makeCorpus();
const made = corpus.filter(({ name }) => !name.startsWith('found-'));

describe('the files to begin with', () => {
  it('are of both formats, each of its own name, and the same at each call', () => {
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
    expect(made.filter(({ name }) => name.startsWith('standard-')).length).toBeGreaterThanOrEqual(7);
    expect(made.filter(({ name }) => name.startsWith('compressed-')).length).toBeGreaterThanOrEqual(10);
    for (const [i, { name, bytes }] of makeCorpus().entries()) {
      expect(name).toBe(corpus[i]!.name);
      expect(Buffer.compare(bytes, corpus[i]!.bytes), name).toBe(0);
    }
  });

  it.each(made)('have nothing wrong with them: $name', ({ bytes }) => {
    expect(verify(bytes, { deep: true, now: CORPUS_NOW }).filter(({ level }) => level === 'damage')).toEqual(
      [],
    );
  });

  it('are what their names say', () => {
    const infoOf = (name: string) => {
      const { bytes } = corpus.find((file) => file.name === name)!;
      using database = open(bytes, { readOnly: true });
      return database.info;
    };
    expect(infoOf('standard-very-old')).toMatchObject({ legacy: true });
    expect(infoOf('compressed-grown').archives[0]).toMatchObject({ growths: expect.toSatisfy((n) => n > 0) });
    expect(infoOf('compressed-percentiles')).toMatchObject({ aggregation: 'mix' });
    const { ranges } = (infoOf('compressed-wrapped') as CompressedInfo).archives[0]!;
    // The ring has come round: the first block is not the oldest.
    expect(ranges.every(({ start }) => start > 0)).toBe(true);
  });

  it('are with those of earlier runs', () => {
    const names = (files: readonly { name: string }[]) => files.map(({ name }) => name);
    expect(names(corpus.slice(made.length))).toEqual(names(foundFiles()));
  });
});

describe('the fields of a file', () => {
  it.each(made)('stand apart from each other and inside it: $name', ({ bytes }) => {
    const { header, body, pointsAt } = fieldsOf(bytes);
    expect(pointsAt).toBeLessThan(bytes.length);
    let end = 0;
    for (const { at, size } of [...header, ...body].sort((a, b) => a.at - b.at)) {
      expect(at).toBeGreaterThanOrEqual(end);
      end = at + size;
    }
    expect(end).toBeLessThanOrEqual(bytes.length);
  });

  it.each(made)('are those that the library reads: $name', ({ bytes }) => {
    using database = open(bytes, { readOnly: true });
    const { archives } = database.info;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const { header } = fieldsOf(bytes);
    for (const [i, archive] of archives.entries()) {
      for (const name of ['offset', 'step', 'points'] as const) {
        const field = header.find((candidate) => candidate.name === `archive ${i} ${name}`)!;
        expect(view.getUint32(field.at), field.name).toBe(archive[name]);
      }
    }
  });

  it('are numbers at each fourth byte where there is no header to go by', () => {
    const { header } = fieldsOf(new Uint8Array(10));
    expect(header.map(({ at }) => at)).toEqual([0, 4]);
  });
});
