/** What the page says beside its figures. */
import type { Group } from '../row.js';

/** What the work of a group is, and how far it can be compared. */
export const ABOUT: { readonly [G in Group]: string } = {
  codec: `Blocks of 7200 points by \`encodeBlock\` and \`decodeBlock\` of \`sotto/codec\`, times a second apart. Both sides count the
CRC of the bytes. sotto checks its arguments and makes a new array for each answer; go-whisper was given room for it.`,
  update: `Points a second apart, 20,000 of them on a new file. go-whisper's call for one point was not made for compressed
files and fails on them; there sotto's is a batch of one. *Exclusive* handles are told that nobody else writes.`,
  updateMany: `5000, 1000, 100 and 10 calls of 1, 60, 1000 and 14,400 points on a new file; its creation is not counted, the growth of a
compressed file is. Go and Python were given objects, sotto columns; a row tells what pairs cost instead. In the round of 60
go-whisper's compressed file lost its minutes and hours ([quirk 24](format.md#of-growing)); sotto's has them.`,
  late: `A file that holds every minute of 30 days but 5000, which come in 5 calls of 1000: spread over the 30 days, or all within a block of
7200 minutes. Every hour that is touched is made anew. go-whisper drops such points in compressed files.`,
  own: `The four benchmarks in go-whisper's own tests: points by the 300, a second apart from now on, one point an op, and then
a fetch of the last 48 hours. Creation is counted; go-whisper's compressed figure also contains a side file of JSON and went
from 2 to 15 µs. As the points lie ahead of the clock, the range that is read holds next to nothing: these two rows say how
fast 172,800 gaps are made, and stand here because go-whisper's README is about them. The next part has ranges with data.`,
  fetch: `Ranges that end now, of a file in which every slot has a value: 3600, 86,400, 43,200 and 172,800 values. sotto answers with
typed arrays, Go with a slice, Python with a list. Of a standard file a fetch is little more than a read, so it has a second
goal: at most 2.5 times as long as \`readSync\` of the same bytes alone.`,
  create: `The file is closed at once. sotto writes a new file under another name and gives it its own when it is complete; the peers
write it where it is.`,
  convert: `A full file of 173,400 points, 2 MB; MB of the file that is read. sotto reads the new file back and compares every point
unless it is told \`verify: false\`, which is what go-whisper does.`,
  files: `Ten points in each of many files of two archives, with one call of \`updateFiles\`; Python does it file by file with
\`update_many\`, in a tenth of the files. There is no figure of go-whisper's for this.`,
  start: `A command from its start to its end, on a file without points; bare is \`node -e 0\`, a Node that does nothing, in turns with
it. The goal is at most 1.6 times as long.`,
};

export const HOW = `What is compared:

- **The work is the peers' work.** Before anything is measured, blocks and files are made in every way that is measured and
  come out byte for byte as go-whisper's and Python's, by their SHA-256, and every fetch gives back what was stored.
- **Python Whisper runs beside it,** in the same run and in turns.
- **go-whisper is not run here.** Its figures (*) were measured side by side with Python's on another machine. The ratio to
  it is the ratio to Python in this run, times Python's to go-whisper there. Where Python cannot do the work (~), go-whisper's
  figure is multiplied by the *machine factor*: how fast Python is here beside there at other work, in turns
  with the row.
- **bare** are the system calls alone that no engine can do without, with the same bytes on a file of the same size; of the
  codec a copy in memory. *× bare* is how many times as long sotto takes. An engine may come out below 1 where it keeps in
  memory what bare reads again.
- Nobody calls fsync, and every file stays in the system's cache.
- Each row is measured in processes of its own, so it comes out the same alone and among others. A figure is the median of the
  samples; ! marks one whose samples spread over more than 30 %. Differences under 20 % mean nothing.`;

export const REPEAT = `\`\`\`text
npm run bench                         everything, about a quarter of an hour
npm run bench -- --quick              the same with fewer samples
npm run bench -- --only 'fetch 24h'   the rows that have this in their name
npm run bench -- --json run.json      the results as data too
npm run bench:report                  everything, and this page from it
npm run bench:report -- --from run.json
\`\`\`

Python's side needs Whisper where \`/usr/bin/python3\` or \`python3\` finds it (Debian: \`apt-get install python3-whisper\`); without
it there are no ratios. Seed, data sets, files and checksums are the same in every run.`;

export const NOT_SHOWN = `- **The disk.** With \`durable: true\` a call waits for it, and that is all that counts then.
- **go-whisper on this machine.** Ratios to it are derived, and as good as the assumption that a machine which is faster for
  Python is faster for Go by as much. Newer compilers may do better than Go 1.19.8.
- **Several writers.** One process with one thread does all the work.
- **A process that does everything.** Code that has met both formats, columns and pairs is compiled for all of them, and can
  be slower than in a row of its own.
- **The first call.** Samples begin when the code is warm; a command that stores one point pays for starting Node, as the last group shows.
- **Pauses.** Medians hide them; the garbage collector's are in the means of \`--json\`.`;

export const STORY_HEADING = '## Where the time goes';

/** What stands below that heading until somebody writes it. */
export const STORY = `${STORY_HEADING}

A call takes as long as its system calls, and what the engine does with the bytes. The column *× bare* tells the two apart:
near 1 there is nothing left to gain but system calls.
`;
