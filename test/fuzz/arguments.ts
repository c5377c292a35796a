import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface Arguments {
  /** How long to go on; a case that has begun is finished. */
  readonly seconds: number;
  readonly seed: number;
  /** This case alone. */
  readonly case?: number;
  /** The number to begin with. */
  readonly from: number;
  /** A folder for the files of findings. */
  readonly save?: string;
}

export const USAGE = `usage: npm run fuzz -- [--seconds N] [--seed S] [--from K] [--case K] [--save FOLDER]

  --seconds N    how long to go on (60)
  --seed S       which cases; without it a random one, which is printed
  --from K       the first case
  --case K       only this case, told in full
  --save FOLDER  write the file of each finding there
`;

/** @throws Error with a sentence for whoever typed them */
export function readArguments(given: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...given],
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
      from: { type: 'string', default: '0' },
      case: { type: 'string' },
      save: { type: 'string' },
    },
  });
  return {
    seconds: wholeNumber('seconds', values.seconds),
    seed: values.seed === undefined ? randomBytes(4).readUInt32BE() : wholeNumber('seed', values.seed),
    from: wholeNumber('from', values.from),
    ...(values.case === undefined ? {} : { case: wholeNumber('case', values.case) }),
    ...(values.save === undefined ? {} : { save: values.save }),
  };
}

function wholeNumber(name: string, text: string): number {
  if (/^[0-9]{1,10}$/.test(text)) return Number(text);
  throw new Error(`--${name} is '${text}'; expected a whole number`);
}
