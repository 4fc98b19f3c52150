import path from 'node:path';
import { type Import, importsOf, packageNameOf } from './imports.ts';
import { type Finding, type Tree, type TreeFile, type WorkspacePackage, finding, packageOf } from './tree.ts';

const TESTING = 'libs/testing';
const ALL_IN_ONE = 'services/all-in-one';

/**
 * Every package is private, ESM, named after its folder, and says by tags what it is. Where a lib has the name of a
 * service's folder, the service's package is that name and `-service`.
 */
export function tags(tree: Tree): Finding[] {
  return tree.packages.flatMap(({ folder, manifest, type }) => {
    const noun = path.posix.basename(folder);
    const isTaken = type === 'service' && tree.packages.some((other) => other.folder === `libs/${noun}`);
    const name = `@ozg-hub/${noun}${isTaken ? '-service' : ''}`;
    const wanted = type === 'lib' ? /^type:lib,floor:[0-5]$/ : /^type:service$/;
    const problems = [
      wanted.test((manifest.nx?.tags ?? []).join())
        ? ''
        : `nx.tags must be ["type:${type}"${type === 'lib' ? ', "floor:0" to "floor:5"' : ''}]`,
      manifest.name === name ? '' : `the name must be ${name}`,
      manifest.private ? '' : 'the package must be private',
      manifest.type === 'module' ? '' : 'the type must be module',
    ];
    return problems.filter((problem) => problem !== '').map((problem) => `${folder}/package.json:1 ${problem}`);
  });
}

/** A lib takes from lower floors, a service from any lib; see {@link mayUse} for the exceptions. */
export function floors(tree: Tree): Finding[] {
  const byCode = workspaceImports(tree).filter(({ from, to, file }) => !mayUse(from, to, file));
  const byManifest = tree.packages.flatMap((from) =>
    Object.keys(from.manifest.dependencies ?? {}).flatMap((name) => {
      const to = tree.packages.find(({ manifest }) => manifest.name === name);
      const allowed = !to || mayUse(from, to) || (from.folder === ALL_IN_ONE && to.folder === TESTING);
      return allowed ? [] : [`${from.folder}/package.json:1 depends on ${to.folder}, ${floorText(from)} must not`];
    }),
  );
  return [
    ...byCode.map(({ from, to, file, node }) => finding(file, node, `uses ${to.folder}, ${floorText(from)} must not`)),
    ...byManifest,
  ];
}

/** What a file imports stands in its package.json; tests may also use devDependencies and libs/testing. */
export function declaredDependencies(tree: Tree): Finding[] {
  const forTests = new Set([...Object.keys(tree.root.devDependencies ?? {}), '@ozg-hub/testing']);
  return codeOfPackages(tree).flatMap(({ file, owner }) =>
    importsOf(file).flatMap(({ specifier, node }) => {
      const name = packageNameOf(specifier);
      if (name === undefined || name in (owner.manifest.dependencies ?? {})) return [];
      if (file.isTest && (forTests.has(name) || name in (owner.manifest.devDependencies ?? {}))) return [];
      if (isContract(file) && name === '@jest/globals') return [];
      return [finding(file, node, `imports ${name}, which ${owner.folder}/package.json does not declare`)];
    }),
  );
}

/** Packages meet at their `exports` only: no relative path out of a package, no path into another one. */
export function publicEntries(tree: Tree): Finding[] {
  const leaving = codeOfPackages(tree).flatMap(({ file, owner }) =>
    importsOf(file)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .filter(({ specifier }) => {
        const target = path.posix.join(path.posix.dirname(file.path), specifier);
        return !target.startsWith(`${owner.folder}/`);
      })
      .map(({ node }) => finding(file, node, 'imports a file of another package by its path')),
  );
  const entering = workspaceImports(tree)
    .filter(({ specifier, to }) => {
      const subpath = `.${specifier.slice(packageNameOf(specifier)!.length)}`;
      return !(subpath in (to.manifest.exports ?? {}));
    })
    .map(({ file, node, specifier }) => finding(file, node, `imports ${specifier}, which is not exported`));
  return [...leaving, ...entering];
}

/** A contract suite brings the test framework with it, so only tests and other contract suites may import one. */
export function contractSuites(tree: Tree): Finding[] {
  const suites = new Set(
    tree.files
      .filter((file) => isContract(file) && importsOf(file).some(({ specifier }) => specifier === '@jest/globals'))
      .map(({ path: suite }) => suite),
  );
  return codeOfPackages(tree)
    .filter(({ file }) => !file.isTest && !isContract(file))
    .flatMap(({ file }) =>
      importsOf(file)
        .filter(({ specifier }) => suites.has(path.posix.join(path.posix.dirname(file.path), specifier)))
        .map(({ node }) => finding(file, node, 'imports a contract suite outside of tests')),
    );
}

function mayUse(from: WorkspacePackage, to: WorkspacePackage, file?: TreeFile): boolean {
  if (to === from) return false;
  if (to.folder === TESTING) {
    return file !== undefined && (file.isTest || file.path.startsWith(`${ALL_IN_ONE}/src/demo/`));
  }
  if (to.type === 'service') return from.folder === ALL_IN_ONE;
  if (from.type === 'service') return true;
  return from.floor !== undefined && to.floor !== undefined && to.floor < from.floor;
}

function floorText({ type, floor }: WorkspacePackage): string {
  return type === 'lib' ? `a lib of floor ${floor ?? '?'}` : 'a service';
}

function isContract(file: TreeFile): boolean {
  return file.name.endsWith('.contract.ts');
}

function codeOfPackages(tree: Tree): { file: TreeFile; owner: WorkspacePackage }[] {
  return tree.files.flatMap((file) => {
    const owner = file.isCode ? packageOf(tree, file) : undefined;
    return owner ? [{ file, owner }] : [];
  });
}

function workspaceImports(tree: Tree): (Import & { file: TreeFile; from: WorkspacePackage; to: WorkspacePackage })[] {
  const byName = new Map(tree.packages.map((one) => [one.manifest.name, one]));
  return codeOfPackages(tree).flatMap(({ file, owner }) =>
    importsOf(file).flatMap((one) => {
      const to = byName.get(packageNameOf(one.specifier) ?? '');
      return to ? [{ ...one, file, from: owner, to }] : [];
    }),
  );
}
