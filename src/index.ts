/** The public door of sotto: everything that an application imports. */

export type { TimedPoints } from './archive/current-points.js';
export type { Slots } from './archive/standard-archive.js';
export type { Block } from './database/compressed-engine.js';
export { type CreateOptions, create } from './database/create.js';
export type {
  Database,
  Durability,
  EraseOptions,
  EraseResult,
  FetchOptions,
  PointsOptions,
  UpdateManyOptions,
  UpdateOptions,
} from './database/database.js';
export type { HandleOptions, Late } from './database/handle-options.js';
export type {
  ArchiveDescription,
  CompressedArchiveDescription,
  CompressedInfo,
  CurrentBlockDescription,
  DatabaseInfo,
  StandardInfo,
  StoredPoint,
} from './database/info.js';
export type { LayoutOptions } from './database/layout.js';
export { type OpenOptions, open } from './database/open.js';
export type { FilePath } from './database/path.js';
export type { Duplicates, NumberColumn, Point, PointColumns, Points } from './database/points.js';
export type { Series } from './database/series.js';
export type { XFilesFactor } from './database/settings.js';
export type { Clock } from './database/time.js';
export type { Future, UpdateResult } from './database/update.js';
export {
  type FailedUpdate,
  type FileUpdate,
  type UpdateFilesOptions,
  type UpdateFilesResult,
  updateFiles,
} from './database/update-files.js';
export { type ErrorDetails, errorCodes, type Fault, WhisperError, type WhisperErrorCode } from './errors.js';
export { type AggregationMethod, aggregationMethods, type Dialect } from './format/aggregation-method.js';
export type { AggregationSpec, CompressedMethod, MixSpec } from './format/aggregation-spec.js';
export { validateRetentions } from './format/archive-list.js';
export type { BlockRange } from './format/block-range.js';
export type { Format } from './format/detect.js';
export {
  formatRetention,
  parseRetention,
  parseRetentions,
  type Retention,
  type Retentions,
} from './format/retention.js';
export { type Conversion, type ConvertOptions, convert } from './tools/convert/convert.js';
export {
  type Estimate,
  type EstimatedArchive,
  type EstimateOptions,
  estimateSize,
} from './tools/estimate.js';
export { type Fill, type FillOptions, fill } from './tools/fill.js';
export { type ReconfigureOptions, reconfigure } from './tools/reconfigure.js';
export { type RepairOptions, repair } from './tools/repair/repair.js';
export type { Repair, RepairedArchive, RepairOutcome } from './tools/repair/report.js';
export {
  type Finding,
  type FindingCode,
  type FindingLevel,
  type FindingPlace,
  findingCodes,
} from './tools/verify/finding.js';
export { type VerifyOptions, verify } from './tools/verify/verify.js';
