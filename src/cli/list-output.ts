/** The files of a list as text, JSON, NDJSON or CSV, each printed when it is known. */
import type { ListedFile } from '../index.js';
import { textOf } from '../tools/list/mismatch.js';
import type { Io } from './io.js';
import { csvField, formatSingle, formatSize } from './output.js';

export interface ListForm {
  readonly format: 'text' | 'json' | 'ndjson' | 'csv';
  readonly names?: boolean | undefined;
  readonly long?: boolean | undefined;
  /** Zero bytes for line ends. */
  readonly null?: boolean | undefined;
}

export interface ListPrinter {
  print(file: ListedFile): void;
  /** What stands at the end. */
  finish(): void;
}

export function listPrinter(form: ListForm, time: (timestamp: number) => string, io: Io): ListPrinter {
  let printed = 0;
  switch (form.format) {
    case 'text':
      return {
        print: (file) =>
          io.out(
            form.long === true
              ? longLine(file, form, time)
              : `${label(file, form)}${form.null ? '\0' : '\n'}`,
          ),
        finish: () => {},
      };
    case 'ndjson':
      return { print: (file) => io.out(`${JSON.stringify(record(file))}\n`), finish: () => {} };
    case 'json':
      return {
        print: (file) => {
          io.out(
            `${printed++ === 0 ? '[' : ','}\n${JSON.stringify(record(file), null, 2).replace(/^/gm, '  ')}`,
          );
        },
        finish: () => io.out(printed === 0 ? '[]\n' : '\n]\n'),
      };
    case 'csv':
      io.out(`${CSV_FIELDS.join(',')}\n`);
      return { print: (file) => io.out(csvLine(file, time)), finish: () => {} };
  }
}

function label({ path, name }: ListedFile, { names }: ListForm): string {
  return names === true ? (name ?? path) : path;
}

/** Columns of a fixed width, since each line is printed before the next file is looked at; what may be long comes last. */
function longLine(file: ListedFile, form: ListForm, time: (timestamp: number) => string): string {
  const { header, size, diskSize, problem } = file;
  const sizes = [size, diskSize].map((bytes) => (bytes === null ? '-' : formatSize(bytes)).padStart(10));
  const newest = header?.newest ?? file.modified;
  const isChange = header === null || header.newest === null;
  const date = newest === null ? '-' : `${time(newest)}${isChange ? '*' : ' '}`;
  const what =
    header === null
      ? ['damaged'.padEnd(10), '-'.padEnd(7), '-'.padEnd(4), '-'.padEnd(24)]
      : [
          header.format.padEnd(10),
          methodOf(header).padEnd(7),
          formatSingle(header.xFilesFactor).padEnd(4),
          textOf(header.retentions).padEnd(24),
        ];
  const remarks = [
    ...(problem === null ? [] : [`(${withoutPath(problem.message, file.path)})`]),
    ...(file.schema?.mismatches ?? []).map(({ field, shouldBe }) => `[${field} ${shown(shouldBe)}]`),
  ];
  return `${[date.padEnd(21), ...sizes, ...what, label(file, form), ...remarks].join('  ').trimEnd()}\n`;
}

function methodOf({ aggregation, mix }: NonNullable<ListedFile['header']>): string {
  return mix === null ? aggregation : mix.join(',');
}

function shown(value: string | number): string {
  return typeof value === 'number' ? formatSingle(value) : value;
}

/** What is wrong with a file whose path stands beside it. */
function withoutPath(message: string, path: string): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}

/** All of a file in one flat record. */
function record({ path, name, header, size, diskSize, modified, schema, problem }: ListedFile) {
  return {
    path,
    name,
    format: header?.format ?? null,
    retentions: header === null ? null : textOf(header.retentions),
    aggregation: header === null ? null : methodOf(header),
    xFilesFactor: header === null ? null : Number(formatSingle(header.xFilesFactor)),
    newest: header?.newest ?? null,
    modified,
    size,
    diskSize,
    ...(schema === null
      ? {}
      : {
          schema: schema.schema,
          aggregationSchema: schema.aggregation,
          mismatches: schema.mismatches.map(({ field, is, shouldBe }) => {
            return { field, is: plain(is), shouldBe: plain(shouldBe) };
          }),
        }),
    ...(problem === null ? {} : { problem }),
  };
}

function plain(value: string | number): string | number {
  return typeof value === 'number' ? Number(formatSingle(value)) : value;
}

const CSV_FIELDS = [
  ...[
    'path',
    'name',
    'format',
    'retentions',
    'aggregation',
    'xFilesFactor',
    'newest',
    'modified',
    'size',
    'diskSize',
  ],
  ...['schema', 'mismatches', 'problem'],
];

function csvLine(file: ListedFile, time: (timestamp: number) => string): string {
  const { path, name, format, retentions, aggregation, xFilesFactor, size, diskSize } = record(file);
  const { header, modified, schema, problem } = file;
  const at = (timestamp: number | null | undefined) => (timestamp == null ? '' : time(timestamp));
  const mismatches = (schema?.mismatches ?? []).map(({ field, is, shouldBe }) => {
    return `${field} ${shown(is)} -> ${shown(shouldBe)}`;
  });
  const fields = [
    ...[
      path,
      name,
      format,
      retentions,
      aggregation,
      xFilesFactor,
      at(header?.newest),
      at(modified),
      size,
      diskSize,
    ],
    ...[schema?.schema, mismatches.join('; '), problem && withoutPath(problem.message, path)],
  ];
  return `${fields.map((field) => csvField(String(field ?? ''))).join(',')}\n`;
}

export const sortKeys = ['path', 'name', 'size', 'disk', 'last'] as const;

/** What a list is sorted by: `last` is the newest point, or without one the last change. */
export type SortKey = (typeof sortKeys)[number];

/** The order of two files: the least first, those of which it cannot be told before all others. */
export function compareBy(key: SortKey): (a: ListedFile, b: ListedFile) => number {
  const keyOf = (file: ListedFile): string | number => {
    switch (key) {
      case 'path':
        return file.path;
      case 'name':
        return file.name ?? file.path;
      case 'size':
        return file.size ?? -1;
      case 'disk':
        return file.diskSize ?? -1;
      case 'last':
        return file.header?.newest ?? file.modified ?? -1;
    }
  };
  return (a, b) => {
    const [one, other] = [keyOf(a), keyOf(b)];
    return one < other ? -1 : one > other ? 1 : 0;
  };
}
