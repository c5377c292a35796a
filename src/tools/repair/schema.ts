/** What the caller knows of a file, for where the file itself does not say it any more. */
import { type LayoutOptions, planFile } from '../../database/layout.js';
import { checkXFilesFactor } from '../../database/settings.js';
import {
  type AggregationMethod,
  checkAggregationMethod,
  type Dialect,
} from '../../format/aggregation-method.js';
import { checkCompressedMethod } from '../../format/aggregation-spec.js';
import { type CompressedHeader, decodeCompressedHeader } from '../../format/compressed-header.js';
import type { Format } from '../../format/detect.js';
import { decodeHeader, type StandardHeader } from '../../format/standard-header.js';

export type SchemaOptions = { readonly [K in keyof LayoutOptions]?: LayoutOptions[K] | undefined };

export class Schema {
  readonly dialect: Dialect;
  readonly #options: SchemaOptions;

  /** @throws WhisperError what `create` throws for the same options, whether the file needs them or not */
  constructor(options: SchemaOptions, dialect: Dialect) {
    this.dialect = dialect;
    this.#options = options;
    if (options.retentions !== undefined) this.#plan(options.format);
    else if (options.aggregation !== undefined && options.aggregation !== 'mix') {
      // Which of the two it is the file will say.
      const isCompressed = options.format === 'compressed' || options.aggregation === 'first';
      if (isCompressed) checkCompressedMethod(options.aggregation);
      else checkAggregationMethod(options.aggregation, dialect);
    }
    if (options.xFilesFactor !== undefined) checkXFilesFactor(options.xFilesFactor);
  }

  /** The format that was asked for; standard if none was. */
  get format(): Format {
    return this.#options.format ?? 'standard';
  }

  /** Undefined if none was given. */
  get aggregation(): AggregationMethod | 'mix' | undefined {
    return this.#options.aggregation;
  }

  /** Rounded to single precision; undefined if none was given. */
  get xFilesFactor(): number | undefined {
    const { xFilesFactor } = this.#options;
    return xFilesFactor === undefined ? undefined : checkXFilesFactor(xFilesFactor);
  }

  /** The header of a new file of these retentions; undefined if none were given, or they are for the other format. */
  standardHeader(): StandardHeader | undefined {
    if (this.#options.retentions === undefined || this.format !== 'standard') return undefined;
    const { start, fileSize } = this.#plan('standard');
    return decodeHeader(start, fileSize, this.dialect);
  }

  /** As {@link standardHeader}, of a compressed file; with it the metadata of one that is empty. */
  compressedHeader(): { header: CompressedHeader; metadata: Uint8Array; fileSize: number } | undefined {
    if (this.#options.retentions === undefined || this.format !== 'compressed') return undefined;
    const { start, fileSize } = this.#plan('compressed');
    return { header: decodeCompressedHeader(start, fileSize), metadata: start, fileSize };
  }

  #plan(format: Format | undefined) {
    return planFile({ ...this.#options, format } as LayoutOptions, this.dialect);
  }
}
