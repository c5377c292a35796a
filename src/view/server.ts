/**
 * The server of `sotto view`. It listens on the loopback alone, answers GET alone, and only those who call it by a loopback
 * name: a page from elsewhere that had its own name point here (DNS rebinding) sends that name as its host, and is refused.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemError, WhisperError } from '../errors.js';
import { STYLE, UPLOT_LICENCE, UPLOT_SCRIPT, UPLOT_STYLE, VIEW_SCRIPT, VIEW_STYLE } from './assets.js';
import { blocksOf, chartOf, findingsOf, infoOf } from './file-answers.js';
import { Refusal } from './refusal.js';
import { findPlace, listFolder, openRoots, type Place, type Root, stampOf } from './roots.js';
import { Search } from './search.js';
import { viewPage } from './view-page.js';
import type { WireRange } from './wire.js';

export interface ViewOptions {
  /** Files, and folders of them. */
  readonly paths: readonly string[];
  /** 0 is any that is free. */
  readonly port: number;
  /** Unix seconds. */
  readonly clock: () => number;
}

export interface ViewServer {
  readonly port: number;
  /** Ends it at once, connections included. */
  close(): void;
}

const HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

/** Parts into which a chart is thinned, at the least and at the most, whatever is asked for. */
const BUCKETS = { least: 50, most: 10_000 };
/** Ids that one question after changes may hold. */
const MOST_STAMPS = 1000;

/** What an answer holds: text of a type, or a record for JSON. */
type Answer = { readonly type: string; readonly text: string } | { readonly record: object };

/** @throws WhisperError `WSP_NOT_FOUND`, `WSP_NOT_A_FILE`, `WSP_SYSTEM` also for a port that is taken */
export async function startViewServer(options: ViewOptions): Promise<ViewServer> {
  const roots = openRoots(options.paths);
  const answer = answerer(roots, options.clock);
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void respond(request, response, answer);
  const servers = await listenOnBoth(options.port, handle);
  return {
    port: portOf(servers[0]!),
    close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

// Listening ----------------------------------------------------------------------------------------------

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A free port of one family may be taken in the other: then another is tried. */
const ATTEMPTS = 10;
/** What a machine without IPv6 says. */
const NO_FAMILY = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'];

async function listenOnBoth(port: number, handle: Handler): Promise<Server[]> {
  for (let attempt = 1; ; attempt++) {
    const first = await listen('127.0.0.1', port, handle);
    try {
      return [first, await listen('::1', portOf(first), handle)];
    } catch (error) {
      const code = error instanceof WhisperError ? (error.cause as NodeJS.ErrnoException).code : undefined;
      if (NO_FAMILY.includes(code ?? '')) return [first];
      first.close();
      if (port !== 0 || code !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error;
    }
  }
}

function listen(host: string, port: number, handle: Handler): Promise<Server> {
  const server = createServer(handle);
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const path = `${host.includes(':') ? `[${host}]` : host}:${port}`;
      const isTaken = cause.code === 'EADDRINUSE';
      const expected = 'another port, or 0 for any that is free';
      const found = 'the port is in use by another program';
      reject(
        isTaken
          ? new WhisperError('WSP_SYSTEM', { path, found, expected, cause })
          : systemError(cause, path, 'listen'),
      );
    });
    server.listen({ host, port }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

// Answering ----------------------------------------------------------------------------------------------

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (url: URL) => Answer | Promise<Answer>,
): Promise<void> {
  try {
    const url = checkRequest(request);
    const made = await answer(url);
    if ('text' in made) send(response, 200, made.type, made.text);
    else sendRecord(response, 200, made.record);
  } catch (error) {
    if (error instanceof Refusal)
      sendRecord(response, error.status, { code: 'REFUSED', message: error.message });
    else if (error instanceof WhisperError) {
      const { code, found, expected } = error;
      // The page has named the file itself, and what its path is on this disk concerns nobody else.
      const message = expected === undefined ? found : `${found}; expected ${expected}`;
      sendRecord(response, code === 'WSP_NOT_FOUND' ? 404 : 422, { code, message });
    } else sendRecord(response, 500, { code: 'INTERNAL', message: `internal error: ${String(error)}` });
  }
}

/** @throws Refusal for whoever may not ask */
function checkRequest({ method, headers, url = '/' }: IncomingMessage): URL {
  if (!HOST.test(headers.host ?? '')) throw new Refusal(403, 'this server is only for its own machine');
  if (method !== 'GET') throw new Refusal(405, 'only GET is answered');
  const asked = parseUrl(url);
  // Browsers say who sends them; a link to the page is fine, a question from another site is not.
  const site = headers['sec-fetch-site'] ?? 'none';
  const isOwn = site === 'none' || site === 'same-origin';
  if (asked.pathname !== '/' && !isOwn) throw new Refusal(403, 'this server answers only its own page');
  return asked;
}

function parseUrl(url: string): URL {
  try {
    // Put behind a host rather than resolved against one: `//evil` is a path here.
    return new URL(`http://localhost${url.startsWith('/') ? '' : '/'}${url}`);
  } catch {
    throw new Refusal(400, 'the address cannot be read');
  }
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    ...HEADERS,
    'Content-Type': `${type}; charset=utf-8`,
    ...(status === 405 ? { Allow: 'GET' } : {}),
  });
  response.end(text);
}

function sendRecord(response: ServerResponse, status: number, record: object): void {
  send(response, status, 'application/json', JSON.stringify(record));
}

function answerer(roots: readonly Root[], clock: () => number): (url: URL) => Answer | Promise<Answer> {
  const search = new Search(roots);
  const script = (text: string) => ({ type: 'text/javascript', text });
  const fileOf = (asked: URLSearchParams): Place => {
    const place = findPlace(roots, asked.get('file') ?? '');
    if (place.isFolder) throw new Refusal(404, 'that is a folder');
    return place;
  };
  const stampFor = ({ id }: Place) => stampOf(roots, id) ?? '';
  const routes: Readonly<Record<string, (asked: URLSearchParams) => Answer | Promise<Answer>>> = {
    '/': () => ({ type: 'text/html', text: viewPage(roots) }),
    '/style.css': () => ({ type: 'text/css', text: `${UPLOT_STYLE}\n${STYLE}\n${VIEW_STYLE}` }),
    '/uplot.js': () => script(`/*\n${UPLOT_LICENCE}\n*/\n${UPLOT_SCRIPT}`),
    '/view.js': () => script(VIEW_SCRIPT),
    '/icon.svg': () => ({ type: 'image/svg+xml', text: ICON }),
    '/api/list': (asked) => ({
      record: listFolder(roots, asked.get('folder') ?? '', numberOf(asked, 'skip') ?? 0),
    }),
    '/api/search': async (asked) => ({ record: await search.find(asked.get('q') ?? '') }),
    '/api/chart': (asked) => {
      const place = fileOf(asked);
      // Before the values are read: what comes after it is told by the next question.
      const stamp = stampFor(place);
      const buckets = Math.min(BUCKETS.most, Math.max(BUCKETS.least, numberOf(asked, 'pixels') ?? 1000));
      const question = {
        range: rangeOf(asked),
        archive: asked.get('archive') ?? 'auto',
        buckets,
        now: clock(),
      };
      return { record: chartOf(place, stamp, question) };
    },
    '/api/info': (asked) => {
      const place = fileOf(asked);
      return { record: infoOf(place, stampFor(place), clock()) };
    },
    '/api/blocks': (asked) => ({ record: blocksOf(fileOf(asked)) }),
    '/api/findings': (asked) => {
      return { record: findingsOf(fileOf(asked), asked.has('deep') ? true : undefined, clock()) };
    },
    '/api/stamps': (asked) => {
      const ids = asked.getAll('id').slice(0, MOST_STAMPS);
      return { record: { stamps: Object.fromEntries(ids.map((id) => [id, stampOf(roots, id)])) } };
    },
  };
  return ({ pathname, searchParams }) => {
    if (!Object.hasOwn(routes, pathname)) throw new Refusal(404, 'there is no such page');
    return routes[pathname]!(searchParams);
  };
}

/** A whole number of at most 10 digits; undefined if there is none. */
function numberOf(asked: URLSearchParams, name: string): number | undefined {
  const text = asked.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw new Refusal(400, `${name} is no whole number`);
  return Number(text);
}

function rangeOf(asked: URLSearchParams): WireRange | 'all' | 'usual' {
  const [from, until] = [numberOf(asked, 'from'), numberOf(asked, 'until')];
  if (from !== undefined && until !== undefined) return { from, until };
  return asked.has('all') ? 'all' : 'usual';
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0069a6"/>' +
  '<path d="M4 21l6-8 5 6 5-11 4 9 4-4" fill="none" stroke="#fff" stroke-width="3" stroke-linejoin="round" stroke-linecap="round"/></svg>';
