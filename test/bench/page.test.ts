import { describe, expect, it } from 'vitest';
import { makePage } from '../../bench/page/page.js';
import { formatLine, formatNotes } from '../../bench/report.js';
import { lineOf, outcomeOf, steady } from './outcome.js';

const LINES = [
  lineOf(
    {
      work: 'fetch 1h',
      format: 'standard',
      python: steady('', 2500),
      peers: { go: 20_000, python: 2500 },
      goal: 2,
      bareGoal: 2.5,
    },
    50_000,
    100_000,
  ),
  lineOf(
    { work: 'fetch 1h', format: 'compressed', peers: { go: 1000 }, machineFactor: 2, goal: 15 },
    20_000,
    80_000,
  ),
  lineOf({ group: 'files', work: 'updateFiles', format: 'standard', python: steady('', 10) }, 20),
];

describe('the page', () => {
  it('has a section for each group that was measured, with a chart where go-whisper did the work', () => {
    const files = makePage(outcomeOf(LINES), undefined);
    const page = files['performance.md']!;
    expect(Object.keys(files)).toEqual(['performance.md', 'performance/fetch.svg', 'performance/sizes.svg']);
    const headings = page.match(/^## .*/gm);
    expect(headings).toEqual([
      '## Ranges',
      '## Many files',
      '## Memory',
      '## Size',
      '## Doing it again',
      '## What it does not show',
      '## Where the time goes',
    ]);
    for (const [, path] of page.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) expect(files).toHaveProperty([path!]);
  });

  it('tells figures, goals and what is derived', () => {
    const page = makePage(outcomeOf(LINES), undefined)['performance.md']!;
    expect(page).toContain(
      '| fetch 1h, standard | 50.0 k | 2500 | 20.0 | 20.0 k | **2.50** | 2 ✓ | 2.00, goal 2.5 ✓ |  |',
    );
    expect(page).toContain(
      '| fetch 1h, compressed | 20.0 k |  |  | 1000 | **10.0** ~ | 15 ✗ | 4.00 | 2.50 |',
    );
    // Nobody else has figures here, so there are no columns for them.
    expect(page).toContain('|  | sotto, files/s | Python | × Python | × bare |');
    expect(page).toContain('3 of 4 goals are reached');
  });

  it('keeps what somebody wrote below the last heading of its own', () => {
    const story = '## Where the time goes\n\nIn the kernel.\n\n## A heading of theirs\n\nMore.\n';
    const first = makePage(outcomeOf(LINES), `# Performance\n\nold figures\n\n${story}`)['performance.md']!;
    expect(first.endsWith(`\n\n${story}`)).toBe(true);
    expect(first).not.toContain('old figures');
    expect(makePage(outcomeOf(LINES), first)['performance.md']).toBe(first);
  });

  it('is the same on the second time without a story', () => {
    const first = makePage(outcomeOf(LINES), undefined)['performance.md']!;
    expect(makePage(outcomeOf(LINES), first)['performance.md']).toBe(first);
  });
});

describe('a chart of speeds', () => {
  const chart = makePage(outcomeOf(LINES), undefined)['performance/fetch.svg']!;

  it('stands on a ground of its own, light and dark', () => {
    expect(chart).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(chart).toContain('@media (prefers-color-scheme: dark)');
    expect(chart).toContain('<rect class="ground"');
  });

  it('draws bars from go-whisper on, on a logarithmic scale', () => {
    const axis = Number(/<text class="muted" x="([\d.]+)"[^>]*>go-whisper</.exec(chart)![1]);
    const [standard, compressed] = ['standard', 'compressed'].map((format) => {
      const [, x, width] = new RegExp(
        `<rect class="${format}" x="([\\d.]+)" y="(?!18)[\\d.]+" width="([\\d.]+)"`,
      ).exec(chart)!;
      return { x: Number(x), width: Number(width) };
    });
    expect(standard!.x).toBe(axis);
    expect(compressed!.x).toBe(axis);
    // 10 and 2.5 times as fast.
    expect(compressed!.width / standard!.width).toBeCloseTo(Math.log(10) / Math.log(2.5), 1);
  });

  it('escapes names', () => {
    const line = lineOf({ work: 'a < b & c', format: 'standard', peers: { go: 1 }, machineFactor: 2 }, 10);
    const drawn = makePage(outcomeOf([line]), undefined)['performance/fetch.svg']!;
    expect(drawn).toContain('a &lt; b &amp; c, standard');
  });
});

describe('the report on the terminal', () => {
  it('has a line for each row, marks what is derived otherwise, and says whether a goal is reached', () => {
    const outcome = outcomeOf(LINES);
    const [standard, compressed, files] = LINES.map((line) => formatLine(line, outcome).split(/\s{2,}/));
    expect(standard).toEqual(
      expect.arrayContaining(['fetch 1h, standard', '2.00 ≤2.5', '20.0', '2.50', '2 yes']),
    );
    expect(compressed).toEqual(expect.arrayContaining(['fetch 1h, compressed', '~10.0', '15 NO']));
    expect(files).toEqual(expect.arrayContaining(['updateFiles, standard', '2.00']));
  });

  it('marks what is not to be trusted', () => {
    const [line] = LINES;
    const shaky = { ...line!, ours: { ...line!.ours, spreadPercent: 45, isTrusted: false } };
    expect(formatLine(shaky, outcomeOf([shaky]))).toContain('45 %!');
    expect(formatLine(line!, outcomeOf(LINES))).not.toContain('!');
  });

  it('names the source of derived figures and the factor of the machine', () => {
    const notes = formatNotes(outcomeOf(LINES));
    expect(notes).toContain('measured side by side on an idle machine of 2 virtual Xeon cores');
    expect(notes).toContain('in turns with the row:\n2.00 to 2.00.');
  });
});
