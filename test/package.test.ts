import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));

describe('package.json', () => {
  it('depends at run time on commander alone', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['commander']);
    for (const kind of ['optionalDependencies', 'peerDependencies', 'bundleDependencies']) {
      expect(manifest).not.toHaveProperty(kind);
    }
  });

  it('names exact versions', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it('exports its doors with the types first, and closes deep imports', () => {
    expect(Object.keys(manifest.exports)).toEqual(['.', './codec', './package.json']);
    for (const door of ['.', './codec']) {
      expect(Object.keys(manifest.exports[door])).toEqual(['types', 'default']);
    }
    expect(manifest).toMatchObject({ type: 'module', sideEffects: false, license: 'MIT', version: '0.1.0' });
    expect(manifest.engines).toEqual({ node: '>=20.19' });
  });

  it('points to files that the build makes', () => {
    const doors = ['.', './codec'].flatMap((door) => Object.values<string>(manifest.exports[door]));
    for (const file of [...doors, manifest.bin.sotto]) expect(existsSync(`${ROOT}${file}`), file).toBe(true);
    expect(readFileSync(`${ROOT}${manifest.bin.sotto}`, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('runs nothing on the machine of whoever installs it', () => {
    for (const script of ['preinstall', 'install', 'postinstall'])
      expect(manifest.scripts).not.toHaveProperty(script);
  });

  it('has a changelog for its version', () => {
    expect(readFileSync(`${ROOT}CHANGELOG.md`, 'utf8')).toContain(`## ${manifest.version}`);
  });
});

it('the public door exports these names and no others', async () => {
  expect(Object.keys(await import('../src/index.js')).sort()).toEqual([
    'WhisperError',
    'aggregationMethods',
    'applySchema',
    'convert',
    'create',
    'errorCodes',
    'estimateSize',
    'explain',
    'exportPoints',
    'fill',
    'findDatabases',
    'findingCodes',
    'formatRetention',
    'importCsv',
    'importGraphite',
    'importJson',
    'importNdjson',
    'importRrd',
    'list',
    'loadStorageRules',
    'mapValues',
    'matchStorage',
    'merge',
    'metricNameOf',
    'open',
    'parseAggregations',
    'parseRetention',
    'parseRetentions',
    'parseSchemas',
    'repair',
    'resize',
    'restore',
    'runMany',
    'tune',
    'updateFiles',
    'validateRetentions',
    'verify',
  ]);
});

it('the door of the codec exports these names and no others', async () => {
  expect(Object.keys(await import('../src/codec/index.js')).sort()).toEqual([
    'BlockWriter',
    'WhisperError',
    'decodeBlock',
    'encodeBlock',
    'traceBlock',
  ]);
});

it('the source holds no file that nothing imports', () => {
  const files = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const sources = files.map((name) => readFileSync(`${ROOT}src/${name}`, 'utf8')).join('\n');
  const doors = ['index.ts', 'codec/index.ts', 'cli/bin.ts', 'kernel/assembly/index.ts'];
  const orphans = files.filter((name) => {
    const base = name.split('/').at(-1)!.replace(/\.ts$/, '');
    // AssemblyScript leaves the ending out.
    return !doors.includes(name) && !sources.includes(`/${base}.js'`) && !sources.includes(`/${base}'`);
  });
  expect(orphans).toEqual([]);
});
