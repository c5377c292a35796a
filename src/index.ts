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
export {
  type AppliedSchema,
  type ApplySchemaOptions,
  applySchema,
} from './tools/apply-schema/apply-schema.js';
export type { Applied, SchemaPart } from './tools/apply-schema/apply-to-file.js';
export { type Conversion, type ConvertOptions, convert } from './tools/convert/convert.js';
export {
  type Estimate,
  type EstimatedArchive,
  type EstimateOptions,
  estimateSize,
} from './tools/estimate.js';
export { type ExplainOptions, explain } from './tools/explain/explain.js';
export type {
  BufferedPoint,
  ExplainedArchive,
  ExplainedBlock,
  ExplainedRollUp,
  ExplainedSlot,
  Explanation,
  KnownPoint,
  Verdict,
  VerdictCode,
} from './tools/explain/explanation.js';
export {
  type ExportForm,
  type ExportOptions,
  type ExportSource,
  exportPoints,
} from './tools/export/export-points.js';
export { type Fill, type FillOptions, fill } from './tools/fill.js';
export { type CsvTarget, type ImportCsvOptions, importCsv } from './tools/import/import-csv.js';
export { importGraphite, importJson, importNdjson } from './tools/import/import-lines.js';
export type { FailedImport, ImportOptions, ImportResult } from './tools/import/import-options.js';
export {
  type ImportRrdOptions,
  importRrd,
  type RrdImport,
  type RrdTarget,
} from './tools/import/import-rrd.js';
export type { TextSource } from './tools/import/lines.js';
export type { Consolidation } from './tools/import/rrd-archives.js';
export type { ImportedFile } from './tools/import/store-history.js';
export type { ListFilter, ListKind } from './tools/list/filter.js';
export { type ListOptions, list } from './tools/list/list.js';
export type { ListedFile, ListedHeader, ListedProblem, ListedSchema } from './tools/list/list-file.js';
export type { Mismatch } from './tools/list/mismatch.js';
export type { FileTask, FileWorkName } from './tools/many/registry.js';
export { type ManyOptions, type ManyResult, runMany } from './tools/many/run-many.js';
export {
  type MapOptions,
  type Mapped,
  type MappedArchive,
  mapValues,
  type PointMapping,
} from './tools/map/map-values.js';
export { type Merge, type MergeOptions, merge } from './tools/merge.js';
export type { MergedArchive } from './tools/merge-run.js';
export { type RepairOptions, repair } from './tools/repair/repair.js';
export type { Repair, RepairedArchive, RepairOutcome } from './tools/repair/report.js';
export {
  type Layout,
  type Resize,
  type ResizedArchive,
  type ResizeOptions,
  resize,
} from './tools/resize/resize.js';
export { type Restored, type RestoreOptions, restore } from './tools/restore.js';
export { type AggregationRule, type MethodChoice, parseAggregations } from './tools/schemas/aggregation.js';
export { metricNameOf } from './tools/schemas/metric-name.js';
export { parseSchemas, type Rules, type Schema } from './tools/schemas/schemas.js';
export type { Matcher } from './tools/schemas/section.js';
export {
  loadStorageRules,
  matchStorage,
  type StorageChoice,
  type StorageRuleFiles,
  type StorageRules,
} from './tools/schemas/storage-rules.js';
export { type TunedArchive, type TunedSettings, type TuneOptions, type Tuning, tune } from './tools/tune.js';
export {
  type Finding,
  type FindingCode,
  type FindingLevel,
  type FindingPlace,
  findingCodes,
} from './tools/verify/finding.js';
export { type VerifyOptions, verify } from './tools/verify/verify.js';
export { findDatabases, type WalkListener } from './tools/walk.js';
