/** What `verify` can find, how bad it is, and how it is told. */

/**
 * `damage`: something is lost, or readers and writers go wrong by it.
 * `oddity`: a layout or content that no current writer leaves, and that works all the same.
 */
export type FindingLevel = 'damage' | 'oddity';

const LEVELS = {
  // Of either format.
  /** The file has no bytes: a full disk, or a crash while it was made. */
  'empty-file': 'damage',
  /** The header cannot be used, so nothing behind it was looked at. */
  'bad-header': 'damage',
  /** A compressed file of another version than 1. */
  'unknown-version': 'damage',
  /** The file ends before its header says. */
  'cut-off': 'damage',
  /** The file goes on after the last archive. */
  'bytes-after-end': 'oddity',
  /** The stored max retention is not that of the archives. */
  'max-retention': 'oddity',
  /** The archives are not stored finest first. */
  'archive-order': 'oddity',
  /** An archive does not begin where the one before it ends. */
  'archive-place': 'oddity',
  /** Two retentions that no new file would be given together. */
  'retention-rules': 'oddity',
  /** Points after now, which no fetch shows yet. In a standard file looked for with `deep`. */
  'future-points': 'oddity',

  // Of standard files.
  /** The format from before August 2011: a time in place of the method. */
  'very-old-format': 'oddity',
  /** With `deep`: slot 0 is empty, so the archive counts as never written, and others are not. */
  'missing-base': 'damage',
  /** With `deep`: points in slots where no fetch looks for them. */
  'misplaced-points': 'damage',
  /** With `deep`: points whose time is no multiple of the step, which no fetch finds. */
  'off-step-points': 'damage',

  // Of compressed files.
  /** The checksum of the metadata is wrong; go-whisper leaves it so when it changes settings. */
  checksum: 'damage',
  /** The expected size of a point is no size. */
  'point-size': 'damage',
  /** Blocks so small that a point may run over into the next one. */
  'small-blocks': 'oddity',
  /** Archives below the base of a mix file that do not go together. */
  'mix-archives': 'oddity',
  /** Blocks that hold points behind the end of the file; the first of an archive is named. */
  'block-cut-off': 'damage',
  /** The bytes of a block do not have the CRC of its range. */
  'block-crc': 'damage',
  /** A range whose times contradict each other or, with `deep`, the points of its block. */
  'block-range': 'damage',
  /** Two blocks of one archive hold the same span of time. */
  'block-overlap': 'damage',
  /** The blocks are not in the order of time, once round the ring. */
  'block-order': 'oddity',
  /** A range without a start has an end or a count. */
  'empty-block': 'damage',
  /** The range of the current block is not what the archive's header says of it. */
  'current-range': 'damage',
  /** The archive's header contradicts itself or the current block on how far that was written. */
  'current-state': 'damage',
  /** Behind the last point of the current block stands no end marker. */
  'end-marker': 'damage',
  /** The current block goes on behind its last known point: a writer was stopped half-way. */
  'unfinished-append': 'oddity',
  /** With `deep`: bits that cannot be decoded. */
  'block-bits': 'damage',
  /** With `deep`: a block holds more or fewer points than its range says. */
  'point-count': 'damage',
  /** With `deep`: the times of a block do not increase. */
  'times-not-rising': 'damage',
  /** With `deep`: times that are no multiples of the step; a fetch brings them down to it. */
  'off-step-times': 'oddity',
  /** A point in the wrong slot of the buffer. */
  'buffer-slot': 'damage',
  /** A unit of the buffer holds more than one interval, or both hold the same. */
  'buffer-unit': 'damage',
} as const satisfies Record<string, FindingLevel>;

/** A stable name for each kind of finding. */
export type FindingCode = keyof typeof LEVELS;

/** Every kind there is, in the order of the table above. */
export const findingCodes: readonly FindingCode[] = Object.freeze(Object.keys(LEVELS) as FindingCode[]);

/** Where a finding is; what does not apply is left out. */
export interface FindingPlace {
  /** Byte of the file. */
  readonly offset?: number | undefined;
  /** 0 is the finest. */
  readonly archive?: number | undefined;
  readonly block?: number | undefined;
  /** Of a standard archive's ring, or of a compressed archive's buffer, both units counted through. */
  readonly slot?: number | undefined;
  /** Unix seconds, of the first point concerned; of future points the latest. */
  readonly timestamp?: number | undefined;
}

/** One thing that is wrong with a file, or odd about it. */
export interface Finding extends FindingPlace {
  readonly level: FindingLevel;
  readonly code: FindingCode;
  /** A sentence, its place included. */
  readonly message: string;
  /** How many points it is about, where that can be said. */
  readonly points?: number | undefined;
  /** As it was given; absent for bytes in memory. */
  readonly path?: string | undefined;
}

/** Collects findings in the order of the file. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #path: string | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  get hasDamage(): boolean {
    return this.list.some(({ level }) => level === 'damage');
  }

  /** @param text  what is the matter, without the place */
  add(code: FindingCode, text: string, place: FindingPlace & { readonly points?: number } = {}): void {
    const where = describePlace(place);
    const message = where === '' ? text : `${where}: ${text}`;
    const path = this.#path === undefined ? {} : { path: this.#path };
    this.list.push({ level: LEVELS[code], code, message, ...place, ...path });
  }
}

function describePlace({ archive, block, slot, offset }: FindingPlace): string {
  return Object.entries({ archive, block, slot, byte: offset })
    .flatMap(([name, number]) => (number === undefined ? [] : [`${name} ${number}`]))
    .join(', ');
}
