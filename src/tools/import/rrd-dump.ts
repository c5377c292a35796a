/**
 * What `rrdtool dump` prints, versions 0001 to 0005.
 *
 *   <rrd>
 *     <version>0003</version> <step>300</step> <lastupdate>1700000000</lastupdate>
 *     <ds> <name>load</name> <type>GAUGE</type> … </ds>            for each data source
 *     <rra> <cf>AVERAGE</cf> <pdp_per_row>12</pdp_per_row>         for each archive
 *       <params> <xff>0.5</xff> </params>                          in version 0001 <xff> alone
 *       <cdp_prep> … </cdp_prep>                                   what the row to come is made of: not read
 *       <database> <row> <v>1.5</v> … </row> … </database>         oldest first, a value for each data source
 *     </rra>
 *   </rrd>
 */
import { isUint32 } from '../../bytes/integers.js';
import { withPath } from '../../errors.js';
import { badInput } from './point-text.js';
import { XmlReader } from './xml-reader.js';

/** A round-robin archive of an rrd. */
export interface RrdArchive {
  /** Consolidation function, such as AVERAGE. */
  readonly cf: string;
  /** Primary points of a row. */
  readonly perRow: number;
  /** Share of them that may be unknown, as it stands there. */
  readonly xFilesFactor: number;
  readonly rows: number;
  /** Row by row, oldest first, a value for each data source; NaN where it is unknown. */
  readonly values: Float64Array;
}

export interface RrdDump {
  /** Seconds of a primary point. */
  readonly step: number;
  /** Unix seconds. */
  readonly lastUpdate: number;
  /** Names of the data sources. */
  readonly sources: readonly string[];
  readonly archives: readonly RrdArchive[];
}

const VERSIONS = ['0001', '0002', '0003', '0004', '0005'];

/**
 * @param source  how messages call the text
 * @throws WhisperError `WSP_BAD_INPUT` with the line's number
 */
export function readRrdDump(xml: string, source: string): RrdDump {
  return withPath(source, () => {
    if (xml.startsWith('RRD\0')) {
      throw badInput(
        'the binary file of rrdtool',
        'what rrdtool dump prints of it: rrdtool dump FILE | sotto import rrd -',
      );
    }
    return new RrdReader(xml).read();
  });
}

class RrdReader {
  readonly #xml: XmlReader;
  #step: number | undefined;
  #lastUpdate: number | undefined;
  #hasVersion = false;
  readonly #sources: string[] = [];
  readonly #archives: RrdArchive[] = [];

  constructor(text: string) {
    this.#xml = new XmlReader(text);
  }

  read(): RrdDump {
    const root = this.#xml.next();
    if (root?.kind !== 'open' || root.name !== 'rrd')
      throw this.#xml.refuse('no <rrd>', 'what rrdtool dump prints');
    this.#children('rrd', (name) => this.#readPart(name));
    this.#xml.next();
    const [step, lastUpdate] = [this.#step, this.#lastUpdate];
    if (!this.#hasVersion) throw this.#xml.refuse('no <version>', 'one');
    if (step === undefined) throw this.#xml.refuse('no <step>', 'one');
    if (lastUpdate === undefined) throw this.#xml.refuse('no <lastupdate>', 'one');
    if (this.#sources.length === 0) throw this.#xml.refuse('no <ds>', 'a data source at the least');
    if (this.#archives.length === 0) throw this.#xml.refuse('no <rra>', 'an archive at the least');
    return { step, lastUpdate, sources: this.#sources, archives: this.#archives };
  }

  #readPart(name: string): void {
    switch (name) {
      case 'version': {
        const version = this.#xml.text();
        if (!VERSIONS.includes(version)) throw this.#xml.refuse(`version ${version}`, VERSIONS.join(', '));
        this.#hasVersion = true;
        return;
      }
      case 'step':
        this.#step = this.#whole('step', 1);
        return;
      case 'lastupdate':
        this.#lastUpdate = this.#whole('lastupdate', 0);
        return;
      case 'ds':
        this.#readSource();
        return;
      case 'rra':
        this.#readArchive();
        return;
      default:
        this.#xml.skip();
    }
  }

  #readSource(): void {
    let found: string | undefined;
    this.#children('ds', (name) => {
      if (name === 'name') found = this.#xml.text();
      else this.#xml.skip();
    });
    if (found === undefined || !/^[-A-Za-z0-9_]+$/.test(found))
      throw this.#xml.refuse(`a data source '${found ?? ''}'`, 'a name of letters, digits, - and _');
    if (this.#sources.includes(found)) throw this.#xml.refuse(`the data source '${found}' twice`, 'once');
    if (this.#archives.length > 0)
      throw this.#xml.refuse('a data source behind archives', 'all of them before');
    this.#sources.push(found);
  }

  #readArchive(): void {
    let cf: string | undefined;
    let perRow: number | undefined;
    let xFilesFactor = 0.5;
    let rows: Float64Array | undefined;
    this.#children('rra', (name) => {
      if (name === 'cf') cf = this.#xml.text();
      else if (name === 'pdp_per_row') perRow = this.#whole(name, 1);
      else if (name === 'xff') xFilesFactor = this.#share();
      else if (name === 'params')
        this.#children(name, (param) => {
          if (param === 'xff') xFilesFactor = this.#share();
          else this.#xml.skip();
        });
      else if (name === 'database') rows = this.#readRows();
      else this.#xml.skip();
    });
    if (cf === undefined) throw this.#xml.refuse('an archive without <cf>', 'one');
    if (perRow === undefined) throw this.#xml.refuse('an archive without <pdp_per_row>', 'one');
    if (rows === undefined || rows.length === 0)
      throw this.#xml.refuse('an archive without rows', 'one at the least');
    this.#archives.push({ cf, perRow, xFilesFactor, rows: rows.length / this.#sources.length, values: rows });
  }

  #readRows(): Float64Array {
    const values = new Values();
    const count = this.#sources.length;
    if (count === 0) throw this.#xml.refuse('rows before any <ds>', 'the data sources first');
    this.#children('database', (name) => {
      if (name !== 'row') throw this.#xml.refuse(`<${name}>`, '<row>');
      let cells = 0;
      this.#children('row', (cell) => {
        if (cell === 'v') {
          values.push(this.#value());
          cells++;
        } else this.#xml.skip();
      });
      if (cells !== count)
        throw this.#xml.refuse(`a row of ${cells} values`, `${count}, one for each data source`);
    });
    return values.all();
  }

  /** Hands each element in the one that was opened last over; each must be read to its end. */
  #children(parent: string, read: (name: string) => void): void {
    for (;;) {
      const event = this.#xml.next();
      if (event?.kind === 'open') read(event.name);
      else if (event?.kind === 'close') return;
      else throw this.#xml.refuse(`text in <${parent}>`, 'elements');
    }
  }

  #whole(name: string, least: number): number {
    const text = this.#xml.text();
    const number = Number(text);
    if (/^[0-9]+$/.test(text) && isUint32(number) && number >= least) return number;
    throw this.#xml.refuse(`<${name}> '${text}'`, `a whole number of at least ${least}`);
  }

  #share(): number {
    const text = this.#xml.text();
    const number = Number(text);
    if (text !== '' && number >= 0 && number <= 1) return number;
    throw this.#xml.refuse(`<xff> '${text}'`, '0 to 1');
  }

  /** NaN for what is unknown. */
  #value(): number {
    const text = this.#xml.text();
    if (/^(-?nan|U)$/i.test(text)) return Number.NaN;
    const infinity = /^([+-]?)inf(inity)?$/i.exec(text);
    if (infinity !== null) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    if (/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)) return Number(text);
    throw this.#xml.refuse(`value '${text}'`, 'a number, NaN or U');
  }
}

/** Doubles that come one by one. */
class Values {
  #column = new Float64Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#column.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#column);
      this.#column = longer;
    }
    this.#column[this.#length++] = value;
  }

  all(): Float64Array {
    return this.#column.slice(0, this.#length);
  }
}
