import type { WhisperError } from '../errors.js';

/** What a command has of the world: its standard streams and the time. Tests hand in their own. */
export interface Io {
  /** Writes data: what the command was asked for. */
  out(text: string): void;
  /** Writes a message: everything else. */
  err(text: string): void;
  /** The whole of standard input. */
  readInput(): Promise<string>;
  /** Asks for a line of standard input; what was given up to its end where there is none. */
  ask(question: string): Promise<string>;
  /** True if nobody pipes anything in. */
  readonly isInputTerminal: boolean;
  readonly isOutputTerminal: boolean;
  /** True if messages go to a terminal, where a line may be drawn over. */
  readonly isErrorTerminal: boolean;
  /** Characters of a line of the terminal. */
  readonly columns: number;
  /** False if the environment asks for no colour (NO_COLOR, or a dumb terminal). */
  readonly allowsColor: boolean;
  /**
   * From now on the command changes files: neither a reader of its output that goes away nor an interrupt ends it in the
   * middle of one.
   *
   * @returns  tells of an interrupt, after which no further file is begun
   */
  startWork(): AbortSignal;
  /** Unix seconds. */
  clock(): number;
  /** Sets the exit code that the command shall end with; of several the highest counts. */
  finish(code: ExitCode): void;
  /** Reports an error that the command goes on after, and sets its exit code. */
  fail(error: WhisperError): void;
}

/** The exit code of a command: 0 done, 1 the answer is no, 130 stopped by an interrupt. */
export type ExitCode = 0 | 1 | 130;
