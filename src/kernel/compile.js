/**
 * Compiles assembly/ to WebAssembly and writes that into module.ts as text, so that the kernel needs no file of its own at
 * run time. Part of the build.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const SOURCE = 'assembly/index.ts';
const TARGET = new URL('module.ts', import.meta.url);

const OPTIONS = [
  ['--baseDir', fileURLToPath(new URL('.', import.meta.url))],
  ['--outFile', 'kernel.wasm'],
  ['--optimizeLevel', '3'],
  // Every address is one of layout.ts or comes from the caller, and nothing is allocated.
  ['--noAssert'],
  ['--runtime', 'stub'],
  ['--enable', 'simd'],
  ['--initialMemory', '8'],
].flat();

let binary;
const { error, stderr } = await main([SOURCE, ...OPTIONS], {
  writeFile(_name, contents) {
    binary = contents;
  },
});
if (error !== null) throw new Error(`${SOURCE} does not compile:\n${stderr}`);

const text = Buffer.from(binary).toString('base64');
writeFileSync(TARGET, `/** Made from assembly/ by compile.js. */\nexport const MODULE =\n  '${text}';\n`);
