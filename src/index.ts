/** The public door of sotto: everything that an application imports. */

export type { Slots } from './archive/standard-archive.js';
export { type CreateOptions, create } from './database/create.js';
export type {
  Database,
  Durability,
  FetchOptions,
  UpdateManyOptions,
  UpdateOptions,
} from './database/database.js';
export type { HandleOptions } from './database/handle-options.js';
export type { ArchiveDescription, DatabaseInfo } from './database/info.js';
export { type OpenOptions, open } from './database/open.js';
export type { FilePath } from './database/path.js';
export type { Duplicates, NumberColumn, Point, PointColumns, Points } from './database/points.js';
export type { Series } from './database/series.js';
export type { XFilesFactor } from './database/settings.js';
export type { Clock } from './database/time.js';
export type { Future, UpdateResult } from './database/update.js';
export { type ErrorDetails, errorCodes, type Fault, WhisperError, type WhisperErrorCode } from './errors.js';
export { type AggregationMethod, aggregationMethods, type Dialect } from './format/aggregation-method.js';
export { validateRetentions } from './format/archive-list.js';
export type { Format } from './format/detect.js';
export {
  formatRetention,
  parseRetention,
  parseRetentions,
  type Retention,
  type Retentions,
} from './format/retention.js';
