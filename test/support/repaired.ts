/** Repairs of files in memory. */
import { PaddedFile } from '../../src/tools/repair/padded-file.js';
import { repairBytes } from '../../src/tools/repair/repair.js';
import type { RepairedBytes } from '../../src/tools/repair/report.js';
import { Schema, type SchemaOptions } from '../../src/tools/repair/schema.js';

export function repaired(bytes: Uint8Array, now: number, schema: SchemaOptions = {}): RepairedBytes {
  return repairBytes(bytes, new Schema(schema, 'python'), now);
}

/** The bytes of the file that a repair comes to. */
export function imageOf({ image, losses }: RepairedBytes): Uint8Array {
  if (image === undefined) throw new Error(`not repaired: ${losses.join('; ')}`);
  const bytes = new Uint8Array(image.size);
  new PaddedFile(image).readAt(bytes, image.size, 0);
  return bytes;
}
