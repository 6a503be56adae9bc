/**
 * Checks the package as its users get it: packs it, lists what is inside, lints the manifest and the
 * types, and loads it from a directory of its own, with `require` and with `import`, where nothing
 * but the declared dependencies can be found.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, unknown>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional?: boolean }>;
}

const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
/** Bytes of the packed tarball: a limit, so that nobody ships a data set by accident. */
const PACKED_BYTES_MAX = 1_000_000;

function run(command: string, args: readonly string[], cwd = root): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function step(what: string, check: () => void): void {
  check();
  console.log(`ok  ${what}`);
}

/** Makes a project that has the packed package and, by links, only the packages named. */
function projectWith(tarball: string, packages: readonly string[], into: string): string {
  const project = mkdtempSync(join(into, 'project-'));
  const own = join(project, 'node_modules', manifest.name);
  mkdirSync(own, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', own, '--strip-components=1']);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true }));
  for (const name of packages) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link, 'dir');
  }
  return project;
}

/** Loads `specifier` in a fresh process, both ways; both must give the same, non-empty names. */
function load(project: string, specifier: string): void {
  writeFileSync(
    join(project, 'load.cjs'),
    `const required = Object.keys(require(${JSON.stringify(specifier)})).sort();
     import(${JSON.stringify(specifier)}).then((module) => {
       const imported = Object.keys(module).sort();
       if (imported.length === 0) throw new Error('it exports nothing');
       if (String(imported) !== String(required)) throw new Error('require sees ' + required + ', import ' + imported);
     }).catch((error) => { console.error(error); process.exitCode = 1; });`,
  );
  run(process.execPath, ['load.cjs'], project);
}

const work = mkdtempSync(join(tmpdir(), 'check-package-'));
try {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', work])) as {
    readonly filename: string;
    readonly size: number;
    readonly files: readonly { readonly path: string }[];
  }[];
  const [tarball] = packed;
  if (tarball === undefined) throw new Error('npm pack made nothing');
  const paths = tarball.files.map((file) => file.path);

  step(`${tarball.filename}: ${paths.length} files, ${tarball.size} bytes`, () => {
    const allowed =
      /^(dist\/.+\.(js|d\.ts)(\.map)?|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/;
    const strange = paths.filter((path) => !allowed.test(path));
    if (strange.length > 0)
      throw new Error(`files that do not belong there: ${strange.join(', ')}`);
    const missing = ['README.md', 'CHANGELOG.md', 'LICENSE', 'dist/index.js'].filter(
      (path) => !paths.includes(path),
    );
    if (missing.length > 0) throw new Error(`files are missing: ${missing.join(', ')}`);
    if (tarball.size > PACKED_BYTES_MAX) throw new Error(`larger than ${PACKED_BYTES_MAX} bytes`);
  });
  step('publint', () => {
    console.log(run('npx', ['--no-install', 'publint', '--strict']).trim());
  });
  step('types resolve (attw)', () => {
    run('npx', ['--no-install', 'attw', '--pack', '.', '--profile', 'esm-only']);
  });

  const needed = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
  const isOptional = (name: string): boolean =>
    manifest.peerDependenciesMeta[name]?.optional === true;
  const file = join(work, tarball.filename);
  const bare = projectWith(
    file,
    needed.filter((name) => !isOptional(name)),
    work,
  );
  const full = projectWith(file, needed, work);
  for (const specifier of [manifest.name, `${manifest.name}/testing`])
    step(`require('${specifier}') and import('${specifier}') without the optional peers`, () => {
      load(bare, specifier);
    });
  const withFastCheck = `${manifest.name}/testing/fast-check`;
  step(`require('${withFastCheck}') and import('${withFastCheck}')`, () => {
    load(full, withFastCheck);
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
