import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { create, open, verify } from '../../src/index.js';
import { callOf, POINTS, STEP } from '../support/crash-calls.js';
import { SeededRandom } from '../support/crash-random.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();

/** The built library; `npm test` builds it first. */
const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;
const WRITER = fileURLToPath(new URL('../support/crash-writer.js', import.meta.url));
const hasLock = existsSync('/usr/bin/flock') || existsSync('/bin/flock');

/** Kills of each kind of file and handle; more by `SOTTO_RUNS`. */
const kills = Number(process.env['SOTTO_RUNS'] ?? 5);

/** Milliseconds at most from a writer's first call to its end. */
const LONGEST_MS = 60;

const LAYOUT = { retentions: '10s:15m,1m:1h', xFilesFactor: 0 };
const FORMATS = [
  { format: 'standard' },
  { format: 'compressed', pointsPerBlock: 12, pointSize: 10 },
] as const;
const DURABLES = ['none', 'sync', 'journal'] as const;

describe.each(FORMATS)('a $format file whose writer is killed', (layout) => {
  it.each(DURABLES)(
    'has what was acknowledged, and no half of what was not, with durable %s',
    async (durable) => {
      const trial = new Trial(inFolder('a.wsp'), 1, { durable });
      create(trial.path, { ...LAYOUT, ...layout }).close();
      for (let kill = 0; kill < kills; kill++) await trial.kill(new SeededRandom(kill));
      // However fast the machine is, some calls came through.
      expect(trial.acknowledged).toBeGreaterThan(kills);
    },
  );

  it.skipIf(!hasLock)(
    'has what each of three writers was told, when one after another is killed',
    async () => {
      const trial = new Trial(inFolder('a.wsp'), 3, { lock: true });
      create(trial.path, { ...LAYOUT, ...layout }).close();
      for (let kill = 0; kill < kills; kill++) await trial.kill(new SeededRandom(kill));
      expect(trial.acknowledged).toBeGreaterThanOrEqual(3 * kills);
    },
  );
});

type Call = ReturnType<typeof callOf>;

/** A database, its writers, and what they have said. */
class Trial {
  readonly path: string;
  readonly #handle: object;
  /** The number of each writer's next call. */
  readonly #next: number[];
  /** What the base holds, by interval, as far as was told. */
  readonly #told = new Map<number, number>();
  /** The time of the latest call. */
  #now = 0;
  /** Calls that have returned. */
  acknowledged = 0;

  constructor(path: string, writers: number, handle: object) {
    this.path = path;
    this.#handle = handle;
    this.#next = Array.from({ length: writers }, () => 0);
  }

  /** Starts the writers, kills them at moments that nobody knows, and looks at the file. */
  async kill(random: SeededRandom): Promise<void> {
    const writers = this.#next.map((_, writer) => this.#start(writer));
    // The moment counts from the end of the first call, so that each has stored something.
    await Promise.all(writers.map(({ hasBegun }) => hasBegun));
    for (const { child, hasEnded } of writers) {
      await new Promise((resolve) => setTimeout(resolve, random.between(0, LONGEST_MS)));
      child.kill('SIGKILL');
      await hasEnded;
    }
    const interrupted = writers.map(({ said }, writer) => this.#hear(writer, said()));
    this.#look(new Map(interrupted.flatMap((call) => call?.points ?? [])));
  }

  #start(writer: number) {
    const work = {
      path: this.path,
      writer,
      writers: this.#next.length,
      from: this.#next[writer],
      handle: this.#handle,
    };
    const child = spawn(process.execPath, [WRITER, LIBRARY, JSON.stringify(work)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    const hasBegun = new Promise<void>((resolve) => {
      child.stdout.on('data', (text) => {
        said += text;
        if (said.includes('ends')) resolve();
      });
      child.on('close', () => resolve());
    });
    const hasEnded = new Promise<void>((resolve) => child.on('close', () => resolve()));
    return { child, hasBegun, hasEnded, said: () => said };
  }

  /** Takes down what a writer has said; returns the call that it was at, if any. */
  #hear(writer: number, said: string): Call | undefined {
    let present: Call | undefined;
    // A line that was cut off says nothing.
    for (const line of said.split('\n').slice(0, -1)) {
      const [what, n, tick] = line.split(' ');
      if (what === 'begins') {
        this.#next[writer] = Number(n) + 1;
        present = callOf(Number(n), Number(tick), writer, this.#next.length);
        this.#now = Math.max(this.#now, present.now);
      } else {
        for (const [timestamp, value] of present!.points) this.#told.set(timestamp, value);
        present = undefined;
        this.acknowledged++;
      }
    }
    return present;
  }

  /** @param interrupted  points of calls that have not returned */
  #look(interrupted: ReadonlyMap<number, number>): void {
    const now = this.#now;
    const told = this.#told;
    const oldest = now - (POINTS - 1) * STEP;
    using database = open(this.path, { clock: () => now });
    const values = new Map(database.fetch(oldest, now, { archive: 0, now })?.knownPoints() ?? []);
    for (const interval of [...told.keys()].filter((each) => each <= oldest)) told.delete(interval);
    const wrong = [...new Set([...told.keys(), ...interrupted.keys(), ...values.keys()])]
      .filter((interval) => interval > oldest)
      .filter((interval) => {
        const value = values.get(interval);
        return !Object.is(value, told.get(interval)) && !Object.is(value, interrupted.get(interval));
      })
      .map((interval) => {
        const expected = [told.get(interval), interrupted.get(interval)].join(' or ');
        return `at ${interval}: ${values.get(interval)}, not ${expected}`;
      });
    expect(wrong).toEqual([]);
    const damage = verify(this.path, { deep: true, now }).filter(({ level }) => level === 'damage');
    expect(damage).toEqual([]);
    for (const [interval, value] of values) told.set(interval, value);
  }
}
