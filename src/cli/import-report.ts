/** What `import` says of the files it makes. */
import type { WhisperError } from '../errors.js';
import { formatRetention, parseRetentions } from '../format/retention.js';
import type { FailedImport, ImportResult } from '../tools/import/import-options.js';
import type { RrdImport } from '../tools/import/import-rrd.js';
import type { SkippedArchive } from '../tools/import/rrd-archives.js';
import type { ImportedFile } from '../tools/import/store-history.js';
import { formatIso } from '../tools/time-text.js';
import type { Io } from './io.js';
import { formatCount, json } from './output.js';
import { Progress } from './progress.js';

interface Given {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Lines are said when all is done: a reader of them that goes away should not stop the import. */
export class ImportReport {
  readonly #given: Given;
  readonly #io: Io;
  readonly #files: ImportedFile[] = [];
  readonly #failures: (FailedImport | { readonly error: WhisperError })[] = [];
  readonly #skipped: (SkippedArchive & { readonly source: string })[] = [];
  readonly #messages: string[] = [];
  readonly #warned = new Set<string>();
  #bad = 0;
  #progress: Progress | undefined;

  constructor(given: Given, io: Io) {
    this.#given = given;
    this.#io = io;
  }

  /** One more file is done, of so many. */
  advance(total: number): void {
    this.#progress ??= new Progress(this.#io, this.#given.quiet === true || total < 2 ? 0 : total);
    this.#progress.advance();
  }

  warn(warnings: readonly string[]): void {
    for (const warning of warnings) {
      if (this.#warned.has(warning)) continue;
      this.#warned.add(warning);
      this.#messages.push(warning);
    }
  }

  rrd(source: string, { files, skipped }: RrdImport): void {
    this.#files.push(...files);
    for (const one of skipped) {
      this.#skipped.push({ source, ...one });
      this.#messages.push(`${source}: archive ${one.index} is left out: ${one.reason}`);
    }
  }

  /** @param retentions  those that new files were to have */
  history(source: string, { files, failures, bad }: ImportResult, retentions: string | undefined): void {
    for (const file of files) this.#files.push(file);
    for (const failure of failures) this.#failures.push(failure);
    this.#bad += bad;
    if (bad > 0)
      this.#messages.push(`${source}: ${formatCount(bad)} ${bad === 1 ? 'line' : 'lines'} passed over`);
    this.#tellFuture(source, files);
    if (files.length + failures.length === 0) {
      this.#messages.push(`${source}: no points`);
      this.#io.finish(1);
    }
    const asked = retentions === undefined ? '' : parseRetentions(retentions).map(formatRetention).join();
    for (const file of retentions === undefined ? [] : files) {
      const own = file.archives.map(formatRetention).join();
      if (!file.isNew && own !== asked)
        this.#messages.push(`${file.path}: is there already, and keeps its retentions ${own}`);
    }
  }

  #tellFuture(source: string, files: readonly ImportedFile[]): void {
    const count = files.reduce((sum, { future }) => sum + future, 0);
    if (count === 0) return;
    const latest = files.reduce((time, { future, until }) => (future > 0 ? Math.max(time, until) : time), 0);
    const left = `${pointCount(count)} in the future ${count === 1 ? 'is' : 'are'} left out`;
    this.#messages.push(
      `${source}: ${left}, the latest of ${formatIso(latest)} (--on-future store takes such points)`,
    );
  }

  failed(error: WhisperError): void {
    this.#failures.push({ error });
  }

  finish(): void {
    this.#progress?.clear();
    const { quiet, json: isJson, dryRun = false } = this.#given;
    if (isJson === true) this.#io.out(json(this.#record(dryRun)));
    else if (quiet !== true) for (const file of this.#files) this.#io.out(`${describe(file, dryRun)}\n`);
    if (quiet !== true) for (const message of this.#messages) this.#io.err(`sotto: ${message}\n`);
    for (const { error } of this.#failures) this.#io.fail(error);
    if (quiet === true || this.#files.length + this.#failures.length < 2) return;
    const points = this.#files.reduce((sum, file) => sum + file.points, 0);
    const made = `${formatCount(this.#files.length)} ${this.#files.length === 1 ? 'file' : 'files'}`;
    const failed = this.#failures.length === 0 ? '' : `, ${formatCount(this.#failures.length)} failed`;
    this.#io.err(
      `sotto: ${made}${dryRun ? ' would be written' : ' written'}, ${pointCount(points)}${failed}\n`,
    );
  }

  #record(dryRun: boolean): object {
    return {
      dryRun,
      files: this.#files,
      skippedArchives: this.#skipped,
      skippedLines: this.#bad,
      failures: this.#failures.map((failure) => {
        const { code, message } = failure.error;
        return { ...('metric' in failure ? { metric: failure.metric } : {}), code, message };
      }),
    };
  }
}

function describe(
  { path, isNew, points, dropped, overtaken, future, from, until, archives }: ImportedFile,
  dryRun: boolean,
): string {
  const done = isNew ? 'made' : 'added to';
  const range = points === 0 ? '' : `, ${formatIso(from)} to ${formatIso(until)}`;
  const taken = archives
    .map((archive) => `${formatRetention(archive)} takes ${formatCount(archive.taken)}`)
    .join(', ');
  const left = [
    { count: dropped - overtaken, why: 'too old for any' },
    { count: overtaken, why: 'whose slot one of the future has' },
    { count: future, why: 'in the future' },
  ].filter(({ count }) => count > 0);
  const rest = left.map(({ count, why }) => `; ${formatCount(count)} ${why}`).join('');
  return `${path}: ${dryRun ? 'would be ' : ''}${done}, ${pointCount(points)}${range}; ${taken}${rest}`;
}

function pointCount(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'point' : 'points'}`;
}
