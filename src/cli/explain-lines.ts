/** An explanation in words. */
import { formatDuration } from '../format/retention.js';
import type { ExplainedArchive, ExplainedRollUp, Explanation } from '../index.js';
import { differsFromFiner } from '../tools/explain/advice.js';
import { SOURCES, verdictOf } from '../tools/explain/verdict.js';
import { type FormatTime, formatFactor, formatSpan, nameOf } from '../tools/explain/words.js';
import { formatValue } from './output.js';

/** The verdict, then what it rests on: the neighbours, each archive, and what could be done. */
export function explanationLines(explanation: Explanation, time: FormatTime): string[] {
  const { path, timestamp, now, archives, before, after, advice } = explanation;
  const age =
    timestamp === now
      ? 'now'
      : timestamp > now
        ? `in ${formatSpan(timestamp - now)}`
        : `${formatSpan(now - timestamp)} ago`;
  const neighbour = (name: string, point: Explanation['before']) =>
    point === null ? [] : [`  ${name}  ${time(point.timestamp)}  ${formatValue(point.value)}`];
  return [
    `${path}: ${verdictOf(explanation).sentence(time)}`,
    `  asked   ${time(timestamp)}, ${age}`,
    ...neighbour('before', before),
    ...neighbour('after ', after),
    ...archives.flatMap((archive) => archiveLines(explanation, archive, time)),
    ...advice.map((sentence) => `  advice: ${sentence}`),
  ];
}

function archiveLines(explanation: Explanation, archive: ExplainedArchive, time: FormatTime): string[] {
  const details = [
    `the ${formatDuration(archive.step)} from ${time(archive.interval)} on: ${shown(archive)}`,
    ...slotLines(archive, time),
    ...blockLines(archive, time),
    ...bufferLines(archive, time),
    ...rollUpLines(explanation, archive),
    ...pointLines(archive, time),
  ];
  return [
    `  ${nameOf(archive)}: ${role(explanation, archive, time)}`,
    ...details.map((line) => `    ${line}`),
  ];
}

function role({ answer, timestamp, now }: Explanation, archive: ExplainedArchive, time: FormatTime): string {
  const { index, covers, fallsOut } = archive;
  if (timestamp > now) return 'shows nothing of what is to come';
  if (!covers) return `does not reach back so far, since ${time(fallsOut)}`;
  return index === answer
    ? `answers, until ${time(fallsOut)}`
    : `reaches back so far, until ${time(fallsOut)}`;
}

function shown({ value, source, covers }: ExplainedArchive): string {
  if (source !== null) return `${formatValue(value)}${SOURCES[source]}`;
  return covers ? 'no value' : 'not shown';
}

function slotLines({ slot }: ExplainedArchive, time: FormatTime): string[] {
  if (slot === undefined) return [];
  const place = `slot ${slot.slot}, byte ${slot.offset}`;
  const point = `${time(slot.timestamp)}, ${formatValue(slot.value)}`;
  switch (slot.holds) {
    case 'this':
      return [`${place}: holds this interval, ${formatValue(slot.value)}`];
    case 'older':
      return [`${place}: holds an older interval, ${point}; this one was never written`];
    case 'newer':
      return [`${place}: holds a newer interval, ${point}, which took its place`];
    case 'nothing':
      return [`${place}: was never written`];
  }
}

function blockLines({ block }: ExplainedArchive, time: FormatTime): string[] {
  if (block === undefined) return [];
  if (block === null) return ['in the range of no block'];
  const current = block.isCurrent ? ', the current one' : '';
  const place = `block ${block.block}${current}, byte ${block.offset}, of ${time(block.start)} to ${time(block.end)}`;
  const held = block.value === null ? 'has no point of it' : `holds ${formatValue(block.value)}`;
  return [
    `${place}: ${held}`,
    ...(block.damage === undefined ? [] : [`the block is damaged: ${block.damage}`]),
  ];
}

function bufferLines({ buffered }: ExplainedArchive, time: FormatTime): string[] {
  if (buffered === undefined || buffered === null) return [];
  return [
    `waits in the buffer, ${formatValue(buffered.value)}, until a point of ${time(buffered.until)} or later`,
  ];
}

function rollUpLines(explanation: Explanation, archive: ExplainedArchive): string[] {
  const { rollUp, value } = archive;
  if (rollUp === undefined) return [];
  const { known, lost, of, needed, isEnough } = rollUp;
  const finer = `archive ${rollUp.archive}`;
  const factor = `(xFilesFactor ${formatFactor(explanation.xFilesFactor)})`;
  const more = lost === 0 ? '' : ` (newer points have the places of ${lost} more)`;
  const share = `${known} of ${of} points of ${finer} known${more}, ${needed} needed ${factor}`;
  if (!isEnough) return [`${share}: ${tooFew(explanation.aggregation, archive, rollUp)}`];
  const stored =
    value === null
      ? ', which is not stored'
      : differsFromFiner(archive)
        ? ', and another value is stored'
        : '';
  return [`${share}: enough, they come to ${formatValue(rollUp.value)}${stored}`];
}

function tooFew(
  aggregation: Explanation['aggregation'],
  { value, source }: ExplainedArchive,
  rollUp: ExplainedRollUp,
): string {
  const { known, lost, needed, hadPoints } = rollUp;
  if (value !== null) {
    if (aggregation === 'mix' && source === 'waiting')
      return 'too few, but of the newest interval a mix file shows what there is';
    return lost === 0 ? 'too few by now, and yet a value is stored' : 'it was made when more were known';
  }
  if (known + lost >= needed) return 'once there may have been enough';
  return hadPoints ? 'too few to roll up' : 'nothing to roll up';
}

function pointLines({ known, first, last, discarded }: ExplainedArchive, time: FormatTime): string[] {
  const points = known === 1 ? 'point' : 'points';
  const span = first === null || last === null ? '' : `, ${time(first)} to ${time(last)}`;
  const late = discarded === undefined || discarded === 0 ? '' : `; ${discarded} discarded as late`;
  return [`has ${known} ${points}${span}${late}`];
}
