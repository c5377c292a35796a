import { describe, expect, it } from 'vitest';
import { errorCodes, systemError, WhisperError, withPath } from '../src/errors.js';

describe('WhisperError', () => {
  it.each([
    { code: 'WSP_BAD_OPTION', fault: 'argument' },
    { code: 'WSP_BAD_RETENTION', fault: 'argument' },
    { code: 'WSP_BAD_ARCHIVE_LIST', fault: 'argument' },
    { code: 'WSP_BAD_AGGREGATION', fault: 'argument' },
    { code: 'WSP_BAD_X_FILES_FACTOR', fault: 'argument' },
    { code: 'WSP_BAD_TIMESTAMP', fault: 'argument' },
    { code: 'WSP_BAD_VALUE', fault: 'argument' },
    { code: 'WSP_BAD_RANGE', fault: 'argument' },
    { code: 'WSP_NO_SUCH_ARCHIVE', fault: 'argument' },
    { code: 'WSP_READ_ONLY', fault: 'argument' },
    { code: 'WSP_CLOSED', fault: 'argument' },
    { code: 'WSP_TIME_NOT_COVERED', fault: 'file' },
    { code: 'WSP_CORRUPT', fault: 'file' },
    { code: 'WSP_UNSUPPORTED_FORMAT', fault: 'file' },
    { code: 'WSP_UNLIKE_ARCHIVES', fault: 'file' },
    { code: 'WSP_BAD_INPUT', fault: 'file' },
    { code: 'WSP_NOT_FOUND', fault: 'system' },
    { code: 'WSP_EXISTS', fault: 'system' },
    { code: 'WSP_NOT_A_FILE', fault: 'system' },
    { code: 'WSP_LOCKED', fault: 'system' },
    { code: 'WSP_NO_LOCK', fault: 'system' },
    { code: 'WSP_JOURNAL', fault: 'system' },
    { code: 'WSP_SYSTEM', fault: 'system' },
  ] as const)('$code is the fault of the $fault', ({ code, fault }) => {
    const error = new WhisperError(code, { path: 'a.wsp', found: 'this', expected: 'that' });
    expect(error).toMatchObject({
      name: 'WhisperError',
      code,
      fault,
      path: 'a.wsp',
      found: 'this',
      expected: 'that',
    });
    expect(error.message).toBe('a.wsp: this; expected that');
    expect(errorCodes).toContain(code);
  });

  it('has no other codes than those above', () => {
    expect(errorCodes).toHaveLength(23);
  });
});

describe('withPath', () => {
  it('adds the path to an error that has none', () => {
    const work = () =>
      withPath('a.wsp', () => {
        throw new WhisperError('WSP_CORRUPT', { found: 'nothing' });
      });
    expect(work).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT', path: 'a.wsp', message: 'a.wsp: nothing' }),
    );
  });

  it('leaves an error alone that has a path, or that is not ours', () => {
    const inner = new WhisperError('WSP_CORRUPT', { path: 'b.wsp', found: 'nothing' });
    const bug = new TypeError('a bug');
    for (const error of [inner, bug]) {
      expect(() =>
        withPath('a.wsp', () => {
          throw error;
        }),
      ).toThrow(error);
    }
  });
});

it('tells the error that came first where closing the file fails as well', () => {
  const inner = new WhisperError('WSP_CORRUPT', { found: 'nothing' });
  const pair = Object.assign(new Error('both'), {
    name: 'SuppressedError',
    suppressed: inner,
    error: new Error('close'),
  });
  const work = () =>
    withPath('a.wsp', () => {
      throw pair;
    });
  expect(work).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT', path: 'a.wsp' }));
});

describe('systemError', () => {
  it.each([
    { errno: 'ENOENT', code: 'WSP_NOT_FOUND' },
    { errno: 'EEXIST', code: 'WSP_EXISTS' },
    { errno: 'EISDIR', code: 'WSP_NOT_A_FILE' },
    { errno: 'ENOSPC', code: 'WSP_SYSTEM' },
    { errno: 'EACCES', code: 'WSP_SYSTEM' },
  ])('$errno becomes $code and stays as the cause', ({ errno, code }) => {
    const cause = Object.assign(new Error(`${errno}: as the system says`), { code: errno });
    const error = systemError(cause, 'a.wsp', 'open it');
    expect(error).toMatchObject({ code, path: 'a.wsp', cause });
    const reason = errno === 'EISDIR' ? 'it is a folder' : `${errno}: as the system says`;
    expect(error.message).toBe(`a.wsp: cannot open it: ${reason}`);
  });
});
