import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DiskFile } from '../../src/file/disk-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** What the system is made to do wrong; everything else goes through to it. */
const faults = vi.hoisted(() => ({
  write: undefined as string | undefined,
  close: undefined as string | undefined,
  fstat: undefined as string | undefined,
  most: Number.POSITIVE_INFINITY,
  interruptions: 0,
}));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const failWith = (code: string) => Object.assign(new Error(`${code}: as asked`), { code });
  const interrupt = () => {
    if (faults.interruptions-- > 0) throw failWith('EINTR');
  };
  return {
    ...fs,
    fstatSync(fd: number) {
      if (faults.fstat !== undefined) throw failWith(faults.fstat);
      return fs.fstatSync(fd);
    },
    writeSync(fd: number, bytes: Uint8Array, offset: number, length: number, position: number) {
      if (faults.write !== undefined) throw failWith(faults.write);
      interrupt();
      return fs.writeSync(fd, bytes, offset, Math.min(length, faults.most), position);
    },
    readSync(fd: number, bytes: Uint8Array, offset: number, length: number, position: number) {
      interrupt();
      return fs.readSync(fd, bytes, offset, Math.min(length, faults.most), position);
    },
    closeSync(fd: number) {
      fs.closeSync(fd);
      if (faults.close !== undefined) throw failWith(faults.close);
    },
  };
});

const inFolder = temporaryFolder();
beforeEach(() =>
  Object.assign(faults, {
    write: undefined,
    close: undefined,
    fstat: undefined,
    most: Number.POSITIVE_INFINITY,
    interruptions: 0,
  }),
);

describe('opening', () => {
  it('refuses a file that is not there', () => {
    const path = inFolder('nope.wsp');
    expect(() => DiskFile.open(path, 'read')).toThrow(
      expect.objectContaining({ code: 'WSP_NOT_FOUND', path }),
    );
  });

  it.each(['read', 'write'] as const)('refuses a folder, to %s', (access) => {
    mkdirSync(inFolder('folder'));
    expect(() => DiskFile.open(inFolder('folder'), access)).toThrow(
      expect.objectContaining({ code: 'WSP_NOT_A_FILE' }),
    );
  });

  it.runIf(process.platform !== 'win32').each(['read', 'write'] as const)(
    'refuses a named pipe at once rather than wait for its other end, to %s',
    (access) => {
      execFileSync('mkfifo', [inFolder('pipe')]);
      expect(() => DiskFile.open(inFolder('pipe'), access)).toThrow(
        expect.objectContaining({ code: 'WSP_NOT_A_FILE' }),
      );
    },
  );

  it.runIf(process.platform !== 'win32')('refuses a device', () => {
    expect(() => DiskFile.open('/dev/null', 'write')).toThrow(
      expect.objectContaining({ code: 'WSP_NOT_A_FILE' }),
    );
  });
});

it('knows how long the file was when it was opened, and how long it is', () => {
  writeFileSync(inFolder('a'), 'abc');
  const file = DiskFile.open(inFolder('a'), 'write');
  file.writeAt(Buffer.from('de'), 2, 3);
  expect([file.sizeAtOpen, file.size()]).toEqual([3, 5]);
  file.close();
});

it.runIf(process.platform === 'linux')('opening leaves no descriptor behind when it fails half-way', () => {
  writeFileSync(inFolder('a'), 'abc');
  const before = readdirSync('/proc/self/fd').length;
  faults.fstat = 'EIO';
  expect(() => DiskFile.open(inFolder('a'), 'read')).toThrow(expect.objectContaining({ code: 'WSP_SYSTEM' }));
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});

describe('reading and writing', () => {
  it('goes on where the system did less than was asked', () => {
    const path = inFolder('a');
    writeFileSync(path, 'abcdefghij');
    faults.most = 3;
    const file = DiskFile.open(path, 'write');
    const into = new Uint8Array(8);
    expect(file.readAt(into, 8, 1)).toBe(8);
    expect(Buffer.from(into).toString()).toBe('bcdefghi');
    file.writeAt(Buffer.from('1234567'), 7, 2);
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('ab1234567j');
  });

  it('goes on where a signal came in between', () => {
    const path = inFolder('a');
    writeFileSync(path, 'abcdefghij');
    faults.most = 3;
    const file = DiskFile.open(path, 'write');
    const into = new Uint8Array(8);
    faults.interruptions = 2;
    expect(file.readAt(into, 8, 1)).toBe(8);
    expect(Buffer.from(into).toString()).toBe('bcdefghi');
    faults.interruptions = 2;
    file.writeAt(Buffer.from('1234567'), 7, 2);
    expect(faults.interruptions).toBeLessThan(0);
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('ab1234567j');
  });

  it('says how much was there where the file ends', () => {
    const path = inFolder('a');
    writeFileSync(path, 'abc');
    const file = DiskFile.open(path, 'read');
    expect(file.readAt(new Uint8Array(8), 8, 1)).toBe(2);
    file.close();
  });

  it('passes a full disk on with the path and the place', () => {
    const path = inFolder('a');
    writeFileSync(path, 'abc');
    const file = DiskFile.open(path, 'write');
    faults.write = 'ENOSPC';
    expect(() => file.writeAt(new Uint8Array(12), 12, 40)).toThrow(
      expect.objectContaining({
        code: 'WSP_SYSTEM',
        message: `${path}: cannot write 12 bytes at byte 40: ENOSPC: as asked`,
        cause: expect.objectContaining({ code: 'ENOSPC' }),
      }),
    );
    file.close();
  });

  it('refuses a file that is closed', () => {
    const path = inFolder('a');
    writeFileSync(path, 'abc');
    const file = DiskFile.open(path, 'write');
    file.close();
    file.close();
    for (const call of [() => file.size(), () => file.sync(), () => file.readAt(new Uint8Array(1), 1, 0)]) {
      expect(call).toThrow(expect.objectContaining({ code: 'WSP_CLOSED', path }));
    }
  });

  it('passes an error on closing on', () => {
    const path = inFolder('a');
    writeFileSync(path, 'abc');
    const file = DiskFile.open(path, 'write');
    faults.close = 'EIO';
    expect(() => file.close()).toThrow(expect.objectContaining({ code: 'WSP_SYSTEM', path }));
  });
});
