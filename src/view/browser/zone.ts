/** Local time or UTC. */
import { zoneName } from '../../tools/chart-time-axis.js';
import type { TimeZone } from '../../tools/time-zone.js';
import { Choice } from './choice.js';

/** The switch between the zone of whoever looks and UTC; hidden where they are the same. */
export function zoneSwitch(zone: TimeZone, onChoose: (zone: TimeZone) => void): HTMLElement {
  const choice = new Choice<TimeZone>('Time zone', 'zone', onChoose);
  const local = zoneName('local');
  choice.element.hidden = local === 'UTC';
  choice.show(
    [
      { value: 'local', text: local },
      { value: 'utc', text: 'UTC' },
    ],
    zone,
  );
  return choice.element;
}
