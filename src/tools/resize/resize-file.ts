import type { FileTask } from '../many/registry.js';
import { type Resize, type ResizeOptions, resize } from './resize.js';

/** One file of many that get the same layout; with another target the file itself stays. */
export function resizeFile({ source, target }: FileTask, options: ResizeOptions): Resize {
  return resize(source, target === source ? options : { ...options, output: target });
}
