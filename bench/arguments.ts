import { parseArgs } from 'node:util';

export interface Arguments {
  /** Where to write the results as JSON. */
  readonly json?: string;
  /** The name of the row to run, or a part of several. */
  readonly only?: string;
  readonly quick: boolean;
  /** Only tell how small compressed files are. */
  readonly sizes: boolean;
}

export const USAGE = `usage: npm run bench -- [--quick] [--only NAME] [--json FILE] [--sizes]

  --quick      fewer and shorter samples: a minute or two, and less to be trusted
  --only NAME  only the row of that name, or else those whose name contains it
  --json FILE  write the results to FILE too
  --sizes      measure no time, only the bytes a point of compressed files
`;

/** @throws TypeError with a sentence for whoever typed them */
export function readArguments(given: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...given],
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      sizes: { type: 'boolean', default: false },
    },
  });
  return values;
}
