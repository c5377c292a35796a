/** Programs that work on the files of a test in processes of their own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll } from 'vitest';

const COMPILER = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const PROGRAMS = fileURLToPath(new URL('../processes/programs', import.meta.url));

/**
 * Compiles the programs of `test/processes/programs`, and the sources with them, for the test file that calls this.
 *
 * @returns  starts one of them with an argument, which it gets as JSON
 */
export function compiledPrograms(): (name: string, argument: object, env?: NodeJS.ProcessEnv) => Program {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-programs-'));
    // The types are looked at elsewhere.
    const args = [COMPILER, '-p', PROGRAMS, '--outDir', folder, '--noCheck'];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the programs cannot be compiled: ${stdout}`);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const start = startedPrograms();
  return (name, argument, env) => {
    const file = join(folder, 'test/processes/programs', `${name}.js`);
    return start(process.execPath, [file, JSON.stringify(argument)], env);
  };
}

/** Starts programs; those that are left when a test ends are ended with it. */
export function startedPrograms(): (command: string, args: string[], env?: NodeJS.ProcessEnv) => Program {
  const started: Program[] = [];
  afterEach(async () => {
    for (const program of started.splice(0)) await program.stop();
  });
  return (command, args, env) => {
    const program = new Program(spawn(command, args, { env: { ...process.env, ...env } }));
    started.push(program);
    return program;
  };
}

/** A program that is at work: it is told lines, and says lines. */
export class Program {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #complaint = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    this.#ended = once(child, 'close');
    child.stderr!.on('data', (text) => {
      this.#complaint += text;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  tell(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  /** The next line that it says. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done !== true) return value;
    await this.#ended;
    throw new Error(`the program ended with ${this.#end}: ${this.#complaint}`);
  }

  /** The next line, which is JSON. */
  async answer<T = unknown>(): Promise<T> {
    return JSON.parse(await this.line()) as T;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  get #end(): number | string | null {
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}
