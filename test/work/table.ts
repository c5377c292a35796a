/**
 * What every operation asks of the system: each call with the bytes it moves, or, where that would be longer than a
 * line, the sums. No call and no byte may be added unnoticed; one that is saved is written down here as well.
 *
 * operations.ts says what is done to which file. What stores works on a handle in use, unless its name says otherwise.
 */
export const table = {
  standard: {
    open: 'open, fstat, exists, read 4096',
    close: 'close',
    'update, first of a handle': 'write 12, read 720',
    'update, no roll-up': 'write 12, read 720',
    'update, rolled up once': 'write 12, read 720, write 12, read 720',
    'update, rolled up twice': 'write 12, read 720, write 12, read 720, write 12',
    'update, no roll-up, exclusive': 'write 12, read 720',
    'update, rolled up twice, exclusive': 'write 12 ×3',
    'update, no roll-up, durable': 'write 12, read 720, fdatasync',
    'update of the coarsest archive': 'write 12',
    'updateMany of 1': 'write 12, read 720',
    'updateMany of 60': 'write 720, write 12, read 720',
    'updateMany of 1000': 'write 12000, read 720, write 204, read 720',
    'updateMany of 1, exclusive': 'write 12, read 720',
    'updateMany of 60, exclusive': 'write 720, write 12, read 720',
    'updateMany of 1000, exclusive': 'write 12000, read 720, write 204, read 720',
    'fetch of an hour': 'read 43164, fstat, read 36, fstat',
    'fetch of a day': 'read 1036800 in 12, fstat ×12',
    'fetch of 30 days': 'read 518400 in 7, fstat ×7',
    'fetch of an hour, exclusive': 'read 43164, read 36',
    'fetch of a day, exclusive': 'read 98304 ×10, read 53724, read 36',
    info: 'fstat',
    'points of the base': 'read 1036800 in 11, fstat ×11',
    'erase of a minute': 'read 6540 in 14, write 768 in 5',
    'erase of an hour': 'read 49728 in 15, write 43956 in 6',
    'erase of an hour, durable': 'read 49728 in 15, write 43956 in 6, fdatasync',
    setXFilesFactor: 'fstat, read 4096, write 16',
    'create, sparse': 'stat, open, ftruncate 2080852, write 52, link, unlink',
    'create, sparse, durable':
      'stat, open, ftruncate 2080852, write 52, fdatasync, link, unlink, open, fsync, close',
    'create, sparse, in the place of another':
      'stat, realpath, open, fchown, fchmod, ftruncate 2080852, write 52, rename',
    'create, dense': 'stat, open, write 52, write 65536 ×31, write 49184, link, unlink',
    'updateFiles, 10 points each of 1 file': 'open, fstat, exists, read 4096, write 120, read 720, close',
    'updateFiles, 10 points each of 1 file, durable':
      'open, fstat, exists, read 4096, write 120, read 720, fdatasync, close',
    'convert to the other format, an hour of points':
      'stat ×4, open ×2, fstat ×6, exists, read 76100 in 9, fchown, fchmod, ftruncate 23354, write 16384, futimes, link, unlink, close ×2',
  },
  compressed: {
    open: 'open, fstat, exists, read 4096',
    close: 'close',
    'update, first of a handle': 'read 3775, write 119, write 3592',
    'update, waits in the buffer': 'read 3775, write 636',
    'update, a minute goes to the block': 'read 3775, write 124, write 3604',
    'update, an hour goes to the block': 'read 3775, write 127, write 282, write 17, write 3620',
    'update, waits in the buffer, exclusive': 'write 636',
    'update, a minute goes to the block, exclusive': 'write 124, write 3604',
    'update, waits in the buffer, durable': 'read 3775, write 12, write 4, fdatasync',
    'updateMany of 1': 'read 3775, write 119, write 3592',
    'updateMany of 60': 'read 3775, write 119, write 3592',
    'updateMany of 1000': 'read 3775, write 2007, write 282, write 17, write 3620',
    'updateMany of 1, exclusive': 'write 119, write 3592',
    'updateMany of 60, exclusive': 'write 119, write 3592',
    'updateMany of 1000, exclusive': 'write 2007, write 282, write 17, write 3620',
    'updateMany of 60, of a mix': 'read 1887, write 127, write 932',
    'updateMany of 1000, a block is closed': 'read 1919, write 1206, write 823, write 79, write 1812',
    'updateMany of 1000, the file grows':
      'read 4677 in 5, fstat, stat ×2, realpath, open, fchown, fchmod, ftruncate 12894, write 12288, rename, close',
    'fetch of an hour': 'read 3775, read 54501',
    'fetch of a day': 'read 3775, read 57605 ×2, read 54501',
    'fetch of 30 days': 'read 3775, read 6074',
    'fetch of an hour, exclusive': 'read 54501',
    'fetch of a day, exclusive': 'read 57605 ×2, read 54501',
    info: 'read 3775, fstat',
    'points of the base': 'read 3775, read 13941',
    'blocks of the base': 'read 3775, read 13941',
    'erase of a minute':
      'read 38216 in 5, fstat ×2, stat ×2, realpath, open, write 50295 in 3, unlink, close',
    'erase of an hour': 'read 31618 in 5, fstat ×2, stat ×2, realpath, open, write 30501 in 3, unlink, close',
    'erase of an hour, durable':
      'read 31618 in 5, fstat ×2, stat ×2, realpath, open ×2, write 30501 in 3, fsync ×2, close ×2, fdatasync ×2, unlink',
    setXFilesFactor: 'read 3775, write 20',
    'create, sparse': 'stat, open, ftruncate 1616715, write 3775, link, unlink',
    'create, sparse, durable':
      'stat, open, ftruncate 1616715, write 3775, fdatasync, link, unlink, open, fsync, close',
    'create, sparse, in the place of another':
      'stat, realpath, open, fchown, fchmod, ftruncate 1616715, write 3775, rename',
    'updateFiles, 10 points each of 1 file': 'open, fstat, exists, read 4096, write 119, write 3592, close',
    'updateFiles, 10 points each of 1 file, durable':
      'open ×3, fstat ×3, exists, read 7807 in 3, stat ×2, realpath, write 11253 in 3, fsync ×2, close ×3, fdatasync ×2, unlink',
    'convert to the other format, an hour of points':
      'stat ×4, open ×2, fstat ×5, exists ×2, read 87159 in 7, fchown, fchmod, write 60520, lstat, futimes, link, unlink, close ×2',
  },
} as const;
