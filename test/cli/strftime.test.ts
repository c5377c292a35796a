import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ctime, strftime } from '../../src/cli/strftime.js';

const TUESDAY = 1_700_000_000; // 2023-11-14 22:13:20 UTC
const SUMMER = 1_689_000_000; // 2023-07-10 14:40:00 UTC

const DIRECTIVES = [...'aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%'];

const ZONES = [
  ...['UTC', 'America/New_York', 'America/Los_Angeles', 'America/Anchorage', 'America/St_Johns'],
  ...['America/Sao_Paulo', 'Europe/London', 'Europe/Berlin', 'Europe/Kyiv', 'Europe/Moscow'],
  ...['Asia/Kolkata', 'Asia/Kathmandu', 'Asia/Tokyo', 'Asia/Shanghai', 'Asia/Dubai', 'Africa/Nairobi'],
  ...['Australia/Sydney', 'Australia/Lord_Howe', 'Pacific/Auckland', 'Pacific/Honolulu'],
];

const PYTHON = findPython();
const timestamps = () => fc.integer({ min: 0, max: 2 ** 32 - 1 });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('strftime', () => {
  it.each([
    { format: '%a %A', text: 'Tue Tuesday' },
    { format: '%b %B %h', text: 'Nov November Nov' },
    { format: '%c', text: 'Tue Nov 14 22:13:20 2023' },
    { format: '%C %y %Y', text: '20 23 2023' },
    { format: '%d %e %j', text: '14 14 318' },
    { format: '%D %x', text: '11/14/23 11/14/23' },
    { format: '%F %T', text: '2023-11-14 22:13:20' },
    { format: '%G-W%V-%u %g', text: '2023-W46-2 23' },
    { format: '%H %I %k %l', text: '22 10 22 10' },
    { format: '%m %M %S', text: '11 13 20' },
    { format: '%p %P', text: 'PM pm' },
    { format: '%r', text: '10:13:20 PM' },
    { format: '%R %X', text: '22:13 22:13:20' },
    { format: '%s', text: '1700000000' },
    { format: '%U %W %w', text: '46 46 2' },
    { format: '%z %Z', text: '+0000 UTC' },
    { format: '%n|%t|%%', text: '\n|\t|%' },
    { format: '%%Y', text: '%Y' },
    { format: 'plain, and 100 %', text: 'plain, and 100 %' },
    { format: '', text: '' },
  ])('prints $format', ({ format, text }) => {
    expect(strftime(format, TUESDAY, 'utc')).toBe(text);
  });

  it.each([...'QfiéE😀-5', 'Ed', '5Y', ''].map((letters) => `%${letters}`))(
    'keeps what is no directive: %s',
    (format) => {
      expect(strftime(format, TUESDAY, 'utc')).toBe(format);
    },
  );

  it.each([
    { name: 'pads with blanks', timestamp: 0, format: '%e %k %l', text: ' 1  0 12' },
    { name: 'calls midnight 12 AM', timestamp: 0, format: '%I %p', text: '12 AM' },
    { name: 'calls noon 12 PM', timestamp: 43_200, format: '%I %p', text: '12 PM' },
    {
      name: 'counts no week before the first Sunday or Monday',
      timestamp: 0,
      format: '%U %W',
      text: '00 00',
    },
    {
      name: 'gives a Friday in January to the old year',
      timestamp: 1_609_459_200,
      format: '%G %V',
      text: '2020 53',
    },
    {
      name: 'gives a Monday in December to the new year',
      timestamp: 1_735_516_800,
      format: '%G %V',
      text: '2025 01',
    },
    { name: 'calls a Sunday 7 and 0', timestamp: 1_700_352_000, format: '%u %w', text: '7 0' },
    { name: 'knows the leap day', timestamp: 1_709_164_800, format: '%F %j', text: '2024-02-29 060' },
    {
      name: 'reaches the end of 32 bits',
      timestamp: 2 ** 32 - 1,
      format: '%F %T',
      text: '2106-02-07 06:28:15',
    },
  ])('$name', ({ timestamp, format, text }) => {
    expect(strftime(format, timestamp, 'utc')).toBe(text);
  });

  it.each([
    { name: 'drops the padding', format: '%-d %-H %-j %-z', text: '1 0 1 +0' },
    { name: 'pads with blanks', format: '%_d %_H %_j', text: ' 1  0   1' },
    { name: 'pads with zeros', format: '%0e %0k', text: '01 00' },
    { name: 'takes the last of several paddings', format: '%_-d %-_d', text: '1  1' },
    { name: 'raises letters', format: '%^a %^B %^c', text: 'THU JANUARY THU JAN  1 00:00:00 1970' },
    { name: 'changes the case', format: '%#a %#p %#Z', text: 'THU am utc' },
    { name: 'passes over the modifiers of other calendars', format: '%EY %Od', text: '1970 01' },
  ])('$name on request', ({ format, text }) => {
    expect(strftime(format, 0, 'utc')).toBe(text);
  });

  it.each([
    {
      zone: 'America/New_York',
      winter: '2023-11-14 17:13:20 -0500 EST',
      summer: '2023-07-10 10:40:00 -0400 EDT',
    },
    {
      zone: 'Europe/Berlin',
      winter: '2023-11-14 23:13:20 +0100 CET',
      summer: '2023-07-10 16:40:00 +0200 CEST',
    },
    {
      zone: 'Asia/Kolkata',
      winter: '2023-11-15 03:43:20 +0530 IST',
      summer: '2023-07-10 20:10:00 +0530 IST',
    },
    {
      zone: 'Asia/Kathmandu',
      winter: '2023-11-15 03:58:20 +0545 +0545',
      summer: '2023-07-10 20:25:00 +0545 +0545',
    },
    {
      zone: 'America/Sao_Paulo',
      winter: '2023-11-14 19:13:20 -0300 -03',
      summer: '2023-07-10 11:40:00 -0300 -03',
    },
    { zone: 'UTC', winter: '2023-11-14 22:13:20 +0000 UTC', summer: '2023-07-10 14:40:00 +0000 UTC' },
  ])('prints local time in $zone', ({ zone, winter, summer }) => {
    vi.stubEnv('TZ', zone);
    expect(strftime('%F %T %z %Z', TUESDAY, 'local')).toBe(winter);
    expect(strftime('%F %T %z %Z', SUMMER, 'local')).toBe(summer);
  });

  it('prints the hour that is lived twice with its two offsets', () => {
    vi.stubEnv('TZ', 'America/New_York');
    const early = Date.UTC(2023, 10, 5, 5, 30) / 1000;
    expect(strftime('%R %z', early, 'local')).toBe('01:30 -0400');
    expect(strftime('%R %z', early + 3600, 'local')).toBe('01:30 -0500');
  });

  it('prints any format at all without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), timestamps(), (format, timestamp) => {
        expect(typeof strftime(format, timestamp, 'utc')).toBe('string');
      }),
    );
  });

  it('prints one format after the other as it prints both at once', () => {
    const format = fc.constantFrom(...DIRECTIVES).map((letter) => `%${letter}`);
    fc.assert(
      fc.property(format, format, timestamps(), (first, second, timestamp) => {
        const apart = strftime(first, timestamp, 'utc') + strftime(second, timestamp, 'utc');
        expect(strftime(first + second, timestamp, 'utc')).toBe(apart);
      }),
    );
  });
});

describe('ctime', () => {
  it.each([
    { timestamp: TUESDAY - 20, text: 'Tue Nov 14 22:13:00 2023' },
    { timestamp: 0, text: 'Thu Jan  1 00:00:00 1970' },
  ])('prints $text', ({ timestamp, text }) => {
    expect(ctime(timestamp, 'utc')).toBe(text);
  });

  it('prints local time', () => {
    vi.stubEnv('TZ', 'America/New_York');
    expect(ctime(0, 'local')).toBe('Wed Dec 31 19:00:00 1969');
  });
});

describe('beside a live Python', () => {
  const skipped = PYTHON === undefined ? ' (skipped: no python3 with a zone database here)' : '';

  it.skipIf(PYTHON === undefined)(
    `prints what Python prints, in twenty zones${skipped}`,
    () => {
      const formats = [
        ...DIRECTIVES.filter((letter) => letter !== 'Z').map((letter) => `%${letter}`),
        ...['-', '_', '0', '^', '#', '_-', '^0'].flatMap((flag) =>
          DIRECTIVES.filter((letter) => letter !== 'Z').map((letter) => `%${flag}${letter}`),
        ),
        ...['%Ey', '%Od', '%E', '%J', '%Q', '%f', '%i', '%', 'a%', '%%%Y%%', '%Y-%m-%dT%H:%M:%S%z'],
      ];
      const times = fc.sample(timestamps(), { seed: 1, numRuns: 60 });
      const questions: Question[] = ZONES.flatMap((zone) => [
        ...times.map((timestamp) => ({ zone, timestamp, format: formats.join('|') })),
        // Our zone names are today's; Python's are those of the time.
        ...[TUESDAY, SUMMER].map((timestamp) => ({ zone, timestamp, format: '%Z %^Z %#Z' })),
      ]);
      const ours = questions.map(({ zone, timestamp, format }) => {
        vi.stubEnv('TZ', zone);
        return { zone, strftime: strftime(format, timestamp, 'local'), ctime: ctime(timestamp, 'local') };
      });
      expect(ours).toEqual(askPython(questions));
    },
    60_000,
  );

  it.skipIf(PYTHON === undefined)(`prints UTC as Python prints it${skipped}`, () => {
    const format = '%c %z %Z %j %G-%V';
    const times = fc.sample(timestamps(), { seed: 2, numRuns: 2000 });
    const questions = times.map((timestamp) => ({ zone: 'UTC', timestamp, format }));
    const ours = times.map((timestamp) => ({
      zone: 'UTC',
      strftime: strftime(format, timestamp, 'utc'),
      ctime: ctime(timestamp, 'utc'),
    }));
    expect(ours).toEqual(askPython(questions));
  });
});

interface Question {
  readonly zone: string;
  readonly timestamp: number;
  readonly format: string;
}

/** A Python that can change its zone; not every system has a zone database, or lets a process choose. */
function findPython(): string | undefined {
  const script = 'import time; assert time.strftime("%Z", time.localtime(0)) == "EST"';
  const env = { ...process.env, TZ: 'America/New_York' };
  return ['python3', '/usr/bin/python3'].find(
    (name) => spawnSync(name, ['-c', script], { env }).status === 0,
  );
}

function askPython(questions: readonly Question[]): unknown {
  const script = `
import json, os, sys, time
def answer(zone, timestamp, format):
    os.environ['TZ'] = zone
    time.tzset()
    text = time.strftime(format, time.localtime(timestamp))
    return {'zone': zone, 'strftime': text, 'ctime': time.ctime(timestamp)}
json.dump([answer(**question) for question in json.load(sys.stdin)], sys.stdout)
`;
  const env = { ...process.env, LC_ALL: 'C' };
  const input = JSON.stringify(questions);
  const run = spawnSync(PYTHON ?? '', ['-c', script], { env, input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (run.status !== 0) throw new Error(`${PYTHON} failed: ${run.stderr}`);
  return JSON.parse(run.stdout);
}
