/** What `rrdtool dump` prints, made by hand. */

export interface RrdRows {
  readonly cf: string;
  readonly perRow: number;
  readonly xff?: number | string;
  /** Oldest first; a value for each data source, text for what is no number. */
  readonly rows: readonly (readonly (number | string)[])[];
}

export interface RrdText {
  readonly version?: string;
  readonly step?: number;
  readonly lastUpdate: number;
  readonly sources?: readonly string[];
  readonly archives: readonly RrdRows[];
}

/** The dump of an rrd, in the form of its version. */
export function rrdDump({
  version = '0003',
  step = 60,
  lastUpdate,
  sources = ['load'],
  archives,
}: RrdText): string {
  const ds = sources.map(
    (name) =>
      `\t<ds>\n\t\t<name> ${name} </name>\n\t\t<type> GAUGE </type>\n\t\t<minimal_heartbeat>120</minimal_heartbeat>\n` +
      '\t\t<min>NaN</min>\n\t\t<max>U</max>\n\t\t<!-- PDP Status -->\n\t\t<last_ds>1</last_ds>\n\t\t<value>0.0</value>\n' +
      '\t\t<unknown_sec> 0 </unknown_sec>\n\t</ds>\n',
  );
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE rrd SYSTEM "https://oss.oetiker.ch/rrdtool/rrdtool.dtd">\n' +
    `<!-- Round Robin Database Dump -->\n<rrd>\n\t<version>${version}</version>\n\t<step>${step}</step> <!-- Seconds -->\n` +
    `\t<lastupdate>${lastUpdate}</lastupdate> <!-- then -->\n${ds.join('')}` +
    `<!-- Round Robin Archives -->\n${archives.map((archive) => rra(archive, version)).join('')}</rrd>\n`
  );
}

function rra({ cf, perRow, xff = '5.0000000000e-01', rows }: RrdRows, version: string): string {
  const share = version === '0001' ? `<xff>${xff}</xff>` : `<params>\n\t\t<xff>${xff}</xff>\n\t\t</params>`;
  const lines = rows.map((row) => {
    const cells = row.map((value) => `<v>${typeof value === 'number' ? value.toExponential(10) : value}</v>`);
    return `\t\t\t<!-- then --> <row>${cells.join('')}</row>\n`;
  });
  return (
    `\t<rra>\n\t\t<cf>${cf}</cf>\n\t\t<pdp_per_row>${perRow}</pdp_per_row> <!-- seconds -->\n\t\t${share}\n` +
    '\t\t<cdp_prep>\n\t\t\t<ds>\n\t\t\t<primary_value>9.9</primary_value>\n\t\t\t<value>NaN</value>\n\t\t\t</ds>\n\t\t</cdp_prep>\n' +
    `\t\t<database>\n${lines.join('')}\t\t</database>\n\t</rra>\n`
  );
}

/** So many rows of one value: first, first + 1, … */
export function counted(count: number, first = 1): number[][] {
  return Array.from({ length: count }, (_, i) => [first + i]);
}
