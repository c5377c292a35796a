/**
 * The work on whole files that can be done in worker threads, by name: a worker is told a name and loads what it stands
 * for. Options and results are plain data, since they cross from thread to thread.
 */

/** One file of a piece of work; source and target are the same for one that is changed where it is. */
export interface FileTask {
  readonly source: string;
  readonly target: string;
}

export const FILE_WORK = {
  'apply-schema': async () => (await import('../apply-schema/apply-to-file.js')).applyToFile,
  convert: async () => (await import('../convert/convert-file.js')).convertFile,
  erase: async () => (await import('../change/file-work.js')).eraseFile,
  fill: async () => (await import('../change/file-work.js')).fillFile,
  list: async () => (await import('../list/list-file.js')).listFile,
  map: async () => (await import('../change/file-work.js')).mapFile,
  merge: async () => (await import('../change/file-work.js')).mergeFile,
  resize: async () => (await import('../resize/resize-file.js')).resizeFile,
  tune: async () => (await import('../change/file-work.js')).tuneFile,
} as const satisfies { readonly [name: string]: () => Promise<(task: FileTask, options: never) => unknown> };

export type FileWorkName = keyof typeof FILE_WORK;
type Work<N extends FileWorkName> = Awaited<ReturnType<(typeof FILE_WORK)[N]>>;
/** What a piece of work takes beside the file. */
export type FileWorkOptions<N extends FileWorkName> = Parameters<Work<N>>[1];
export type FileWorkResult<N extends FileWorkName> = ReturnType<Work<N>>;
