/**
 * Runs a case and holds every step against what is promised: an answer or a WhisperError, within time and memory,
 * nothing written but what the step is for, and after a refusal nothing changed at all.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open, WhisperError } from '../../src/index.js';
import type { BaseFile } from './corpus.js';
import { type Cost, Meter } from './meter.js';
import { bytesOf, type Plan } from './plan.js';
import { CommandEnd, type Context, FILES, MEMORY, type Step } from './step.js';

export type FindingKind =
  /** An error that is no WhisperError. */
  | 'exception'
  /** The system is blamed, though nothing is wrong with it. */
  | 'system'
  | 'slow'
  | 'memory'
  /** Something was changed, made or removed that the step has nothing to do with. */
  | 'stray'
  /** A refused call has changed something. */
  | 'changed'
  /** What was written to cannot be opened any more. */
  | 'unopenable'
  /** The step has not come to an end, or has taken the process with it; only a parent can tell. */
  | 'hang'
  | 'died';

export interface Finding {
  readonly kind: FindingKind;
  /** Name of the step. */
  readonly step: string;
  readonly text: string;
  readonly detail: string;
}

/** What a step may cost. */
export interface Limits {
  readonly cpuMs: number;
  /** Bytes beyond those of the files there are. */
  readonly memory: number;
  /** Collect garbage before each step, so that none of an earlier one is charged to it. */
  readonly collect?: (() => void) | undefined;
}

export const LIMITS: Limits = { cpuMs: 1000, memory: 64 * 2 ** 20 };

/** What came of a case. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** How each step ended: `answer`, or the code of its error, or the exit code of a command. */
  readonly ends: readonly string[];
}

/** A file longer than this is known by its size and times alone. */
const MOST_READ = 16 * 2 ** 20;
/** Beside the folder that a case works in, where nothing may change. */
const OUTSIDE = 'outside';
const INSIDE = 'inside';

/**
 * @param folder  empty, and removed from again; everything happens in a folder inside it
 */
export async function judge(
  plan: Plan,
  corpus: readonly BaseFile[],
  folder: string,
  limits: Limits = LIMITS,
): Promise<Verdict> {
  for (const name of [INSIDE, OUTSIDE]) mkdirSync(join(folder, name), { recursive: true });
  const path = (name: string) => join(folder, INSIDE, name);
  const bytes = bytesOf(plan, corpus);
  writeFileSync(path(FILES.odd), bytes);
  writeFileSync(path(FILES.other), plan.other.bytes);
  writeFileSync(join(folder, OUTSIDE, FILES.other), plan.other.bytes);
  const context: Context = { path, bytes, database: undefined, dialect: undefined };
  const findings: Finding[] = [];
  const ends: string[] = [];
  try {
    for (const step of plan.steps) {
      if (step.needsHandle && context.database === undefined) continue;
      const { end, found } = await judgeStep(step, context, folder, limits);
      ends.push(`${step.name}: ${end}`);
      findings.push(...found);
      if (found.length > 0) break;
    }
  } finally {
    context.database?.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { findings, ends };
}

async function judgeStep(
  step: Step,
  context: Context,
  folder: string,
  limits: Limits,
): Promise<{ end: string; found: Finding[] }> {
  const before = snapshot(folder, context);
  limits.collect?.();
  const meter = new Meter();
  const outcome = await runStep(step, context);
  const cost = meter.stop(outcome);
  const after = snapshot(folder, context);
  const found: Finding[] = [];
  const tell = (kind: FindingKind, detail: string) =>
    found.push({ kind, step: step.name, text: step.text, detail });

  if (outcome.fault !== undefined) tell('exception', outcome.fault);
  if (outcome.error?.fault === 'system' && !isExpected(outcome.error, before))
    tell('system', outcome.error.message);
  tellCost(cost, limits, before, tell);
  const changed = changedNames(before, after, context.database !== undefined);
  for (const name of changed) {
    if (outcome.refusal !== undefined) tell('changed', `${name} has changed, though: ${outcome.refusal}`);
    else if (!step.changes.includes(name)) tell('stray', `${name} has changed`);
  }
  if (changed.length > 0 && outcome.refusal === undefined && step.needsHandle) tellUnopenable(context, tell);
  return { end: outcome.end, found };
}

/** What a handle has written to is a file that can be opened. */
function tellUnopenable(
  { database, path, dialect }: Context,
  tell: (kind: FindingKind, detail: string) => void,
): void {
  if (database === undefined) return;
  try {
    const source = database.path === undefined ? database.toBytes() : path(FILES.odd);
    open(source, { readOnly: true, dialect }).close();
  } catch (error) {
    tell('unopenable', String(error));
  }
}

interface Outcome {
  readonly end: string;
  /** Held until memory is measured: what an answer takes counts. */
  readonly answer?: unknown;
  readonly error?: WhisperError;
  /** Why it did not do what it was asked for. */
  readonly refusal?: string;
  /** An error that there should never be. */
  readonly fault?: string;
}

async function runStep(step: Step, context: Context): Promise<Outcome> {
  try {
    const answer = await step.run(context);
    if (!(answer instanceof CommandEnd)) return { end: 'answer', answer };
    const { exitCode, stderr } = answer;
    const end = `exit ${exitCode}`;
    if (stderr.includes('internal error')) return { end, fault: stderr };
    return exitCode >= 2 ? { end, refusal: stderr } : { end };
  } catch (error) {
    if (error instanceof WhisperError) return { end: error.code, error, refusal: error.message };
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { end: 'exception', fault };
  }
}

/** A path that is there already, or is not, and a journal that lies beside the file: the cases ask for such. */
function isExpected({ code }: WhisperError, files: Snapshot): boolean {
  // For half a second a torn one may be that of a writer at work.
  if (code === 'WSP_JOURNAL' || code === 'WSP_LOCKED') return files.has(`${FILES.odd}.journal`);
  return code === 'WSP_EXISTS' || code === 'WSP_NOT_FOUND';
}

function tellCost(
  { cpuMs, growth }: Cost,
  limits: Limits,
  files: Snapshot,
  tell: (kind: FindingKind, detail: string) => void,
): void {
  if (cpuMs > limits.cpuMs) tell('slow', `${Math.round(cpuMs)} ms of the processor`);
  const size = [...files.values()].reduce((sum, file) => sum + file.size, 0);
  if (growth > limits.memory + size) tell('memory', `${(growth / 2 ** 20).toFixed(1)} MiB more than before`);
}

/** Every file below the folder of a case, and what a database in memory holds and was opened over. */
type Snapshot = ReadonlyMap<string, Content>;

interface Content {
  readonly size: number;
  /** The bytes, or what tells long ones from others. */
  readonly content: Uint8Array | string;
}

/** The bytes that databases in memory are opened over: nobody may write to them. */
const GIVEN = 'given';

function snapshot(folder: string, { database, bytes }: Context): Snapshot {
  const files = new Map([INSIDE, OUTSIDE].flatMap((part) => filesOf(folder, part)));
  files.set(GIVEN, { size: 0, content: Uint8Array.from(bytes) });
  if (database !== undefined && database.path === undefined) {
    const held = database.toBytes();
    files.set(MEMORY, { size: held.length, content: held });
  }
  return files;
}

/** Inside, a file has its bare name. */
function filesOf(folder: string, part: string): [name: string, content: Content][] {
  return readdirSync(join(folder, part), { recursive: true, encoding: 'utf8' }).map((name) => {
    const path = join(folder, part, name);
    const { size, mtimeMs, ino } = statSync(path);
    const content = size > MOST_READ ? `${size} ${mtimeMs} ${ino}` : readFileSync(path);
    return [part === INSIDE ? name : join(part, name), { size, content }];
  });
}

/**
 * What differs; but a handle may keep a journal beside its file, and must have removed it when it is closed.
 *
 * @param isOpen  there is a handle
 */
function changedNames(before: Snapshot, after: Snapshot, isOpen: boolean): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => {
    if (name === `${FILES.odd}.journal` && (isOpen || !after.has(name))) return false;
    const [was, is] = [before.get(name)?.content, after.get(name)?.content];
    // A handle that was opened or closed.
    if (name === MEMORY && (was === undefined || is === undefined)) return false;
    if (was === undefined || is === undefined) return true;
    if (typeof was === 'string' || typeof is === 'string') return was !== is;
    return Buffer.compare(was, is) !== 0;
  });
}
