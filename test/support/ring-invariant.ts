import type { Database } from '../../src/index.js';

/**
 * What is wrong with the rings of a database, a line each. With b in slot 0: if b is 0 every slot is 0, else
 * each slot j with a timestamp t ≠ 0 has t a multiple of the step and ((t − b) / step) mod points = j.
 */
export function ringFaults(database: Database): string[] {
  return database.info.archives.flatMap(({ step, points }, index) => {
    const { timestamps } = database.slots(index);
    const base = timestamps[0]!;
    return [...timestamps.entries()].flatMap(([slot, timestamp]) => {
      if (timestamp === 0) return [];
      const turns = ((timestamp - base) / step) % points;
      const isRight = base !== 0 && timestamp % step === 0 && (turns + points) % points === slot;
      return isRight ? [] : [`archive ${index}, slot ${slot}: ${timestamp}, base ${base}`];
    });
  });
}
