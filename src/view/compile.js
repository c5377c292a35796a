/**
 * Bundles the scripts of browser/ and writes them with the style sheets, uPlot and its licence into assets.ts as text, so
 * that the pages need no files of their own at run time. Part of the build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const HERE = fileURLToPath(new URL('browser/', import.meta.url));
const TARGET = new URL('assets.ts', import.meta.url);
const UPLOT = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));

/** One script of all that an entry imports, which leaves no name behind it. */
async function bundle(entry) {
  const built = await rolldown({ input: join(HERE, entry), platform: 'browser', logLevel: 'warn' });
  const { output } = await built.generate({ format: 'iife', minify: true });
  await built.close();
  if (output.length !== 1) throw new Error(`${entry} comes to ${output.length} files; expected one`);
  return output[0].code.trim();
}

const uplot = JSON.parse(readFileSync(join(UPLOT, 'package.json'), 'utf8'));
const licence = readFileSync(join(UPLOT, 'LICENSE'), 'utf8').trim();
const assets = {
  PLOT_SCRIPT: await bundle('plot.ts'),
  VIEW_SCRIPT: await bundle('view.ts'),
  STYLE: readFileSync(join(HERE, 'style.css'), 'utf8').trim(),
  VIEW_STYLE: readFileSync(join(HERE, 'view.css'), 'utf8').trim(),
  UPLOT_SCRIPT: readFileSync(join(UPLOT, 'dist/uPlot.iife.min.js'), 'utf8').trim(),
  UPLOT_STYLE: readFileSync(join(UPLOT, 'dist/uPlot.min.css'), 'utf8').trim(),
  UPLOT_LICENCE: `uPlot ${uplot.version} (https://github.com/leeoniya/uPlot)\n\n${licence}`,
};
for (const [name, text] of Object.entries(assets)) {
  // They stand inline in a page, where these would end them.
  if (/<\/(script|style)|-->/i.test(text)) throw new Error(`${name} cannot stand in a page`);
}
const lines = Object.entries(assets).map(
  ([name, text]) => `export const ${name} =\n  ${JSON.stringify(text)};\n`,
);
writeFileSync(TARGET, `/** Made from browser/ and uPlot by compile.js. */\n${lines.join('\n')}`);
