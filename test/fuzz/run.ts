/** `npm run fuzz`: cases until the time is over, each told apart by seed and number, and what was found. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Arguments, readArguments, USAGE } from './arguments.js';
import { type Confirmed, Runner, WHOLE } from './runner.js';
import { Tally } from './tally.js';

process.exitCode = await main();

async function main(): Promise<number> {
  let asked: Arguments;
  try {
    asked = readArguments(process.argv.slice(2));
    if (asked.save !== undefined) mkdirSync(asked.save, { recursive: true });
  } catch (error) {
    process.stderr.write(`fuzz: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const runner = new Runner();
  // Interrupted at the terminal: what the child has written must not stay.
  process.once('SIGINT', () => {
    runner.close();
    process.exit(130);
  });
  try {
    return asked.case === undefined ? await runMany(runner, asked) : await runOne(runner, asked, asked.case);
  } finally {
    runner.close();
  }
}

async function runOne(runner: Runner, { seed, save }: Arguments, index: number): Promise<number> {
  const saveTo = save === undefined ? {} : { saveTo: join(save, `${seed}-${index}.wsp`) };
  const { lines, ends, findings } = await runner.run({
    seed,
    index,
    omissions: WHOLE,
    collects: true,
    ...saveTo,
  });
  print(`${lines.join('\n')}\n\n${ends.map((end) => `  ${end}\n`).join('')}`);
  for (const { kind, text, detail } of findings) print(`\n${kind} at ${text}\n${detail}\n`);
  return findings.length === 0 ? 0 : 1;
}

async function runMany(runner: Runner, { seed, seconds, from, save }: Arguments): Promise<number> {
  print(`seed ${seed}, ${seconds} s\n`);
  const end = performance.now() + 1000 * seconds;
  const tally = new Tally();
  for (let index = from; performance.now() < end; index++) {
    const { findings, ends } = await runner.run({ seed, index, omissions: WHOLE, collects: false });
    tally.count(ends);
    // What else a step did wrong mostly follows from the first.
    const [finding] = findings;
    if (finding === undefined || tally.isKnown(finding)) continue;
    const confirmed = await runner.confirm(seed, index, finding);
    if (confirmed === undefined) tally.passing.push(`case ${index}: ${finding.kind} at ${finding.text}`);
    else if (tally.add(confirmed)) {
      print(told(confirmed));
      await keep(runner, confirmed, save);
    }
  }
  print(tally.summary());
  return tally.findings.length === 0 ? 0 : 1;
}

function told({ seed, index, finding, lines }: Confirmed): string {
  const { kind, text, detail } = finding;
  return `\n${kind} at ${text}\n${detail}\nnpm run fuzz -- --seed ${seed} --case ${index}; what it takes of it:\n${lines.join('\n')}\n`;
}

/** Writes the file of a finding, with as little done to it as shows it. */
async function keep(
  runner: Runner,
  { seed, index, omissions }: Confirmed,
  folder: string | undefined,
): Promise<void> {
  if (folder === undefined) return;
  const saveTo = join(folder, `${seed}-${index}.wsp`);
  await runner.run({ seed, index, omissions, collects: false, saveTo });
  print(`written to ${saveTo}\n`);
}

function print(text: string): void {
  process.stdout.write(text);
}
