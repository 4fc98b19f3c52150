import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Node, type Program, parseSync } from 'oxc-parser';
import { nodesOf } from './syntax.ts';

/** Fixtures carry this suffix behind their real name, so that no compiler, linter or test runner takes them for code. */
const FIXTURE_SUFFIX = '.fixture';
/** Further files of a fixture, empty ones, a path a line: names that nobody should find in a checkout. */
const LISTED = 'files.txt';
const FIXTURES = 'test/fixtures/architecture/';
const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.nx', '.ozg-hub', '.ozg-hub.keys', 'coverage']);
const MAX_BYTES = 2_000_000;

/** What a package.json says, as far as the rules ask. */
export interface Manifest {
  readonly name?: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly nx?: { readonly tags?: readonly string[] };
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  /** `libs/store` */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly type: 'lib' | 'service';
  /** Of a lib: its floor by tag; undefined where the tag is missing, and for services. */
  readonly floor: number | undefined;
}

/** One text file, by its path from the root with `/`. */
export class TreeFile {
  #program: Program | undefined;
  #nodes: readonly Node[] | undefined;

  constructor(
    readonly path: string,
    readonly text: string,
  ) {}

  get name(): string {
    return path.posix.basename(this.path);
  }

  get isTypeScript(): boolean {
    return /\.[cm]?ts$/.test(this.path);
  }

  get isCode(): boolean {
    return /\.[cm]?[jt]s$/.test(this.path);
  }

  get isTest(): boolean {
    return this.path.endsWith('.test.ts');
  }

  /** Parsed once; a file that is no code throws. */
  get program(): Program {
    this.#program ??= parse(this);
    return this.#program;
  }

  /** All nodes of the program, in the order of the text. */
  get nodes(): readonly Node[] {
    this.#nodes ??= nodesOf(this.program);
    return this.#nodes;
  }

  /** All nodes of these types, in the order of the text. */
  find<Type extends Node['type']>(...types: Type[]): (Node & { type: Type })[] {
    return this.nodes.filter((node): node is Node & { type: Type } => (types as string[]).includes(node.type));
  }

  textOf(node: Node): string {
    return this.text.slice(node.start, node.end);
  }

  /** The line of an offset in the text, from 1. */
  lineAt(offset: number): number {
    return this.text.slice(0, offset).split('\n').length;
  }
}

/** A checkout, or a fixture that looks like one. */
export interface Tree {
  readonly files: readonly TreeFile[];
  readonly packages: readonly WorkspacePackage[];
  readonly root: Manifest;
}

/** `path:line what is wrong` */
export type Finding = string;
export type Rule = (tree: Tree) => Finding[];

/** The files of the checkout: what git tracks, and in our folders also what it will; all files where there is no git. */
export function readCheckout(root: string): Tree {
  const paths = trackedFiles(root) ?? walk(root);
  return treeOf(paths.filter((file) => !file.startsWith(FIXTURES)).flatMap((file) => readText(root, file, file)));
}

export function readFixture(root: string): Tree {
  const all = walk(root);
  const files = all.filter((file) => file.endsWith(FIXTURE_SUFFIX));
  const listed = all.includes(LISTED) ? readFileSync(path.join(root, LISTED), 'utf8').trim().split('\n') : [];
  return treeOf([
    ...files.flatMap((file) => readText(root, file, file.slice(0, -FIXTURE_SUFFIX.length))),
    ...listed.map((file) => new TreeFile(file, '')),
  ]);
}

export function packageOf(tree: Tree, file: TreeFile): WorkspacePackage | undefined {
  return tree.packages.find(({ folder }) => file.path.startsWith(`${folder}/`));
}

export function finding(file: TreeFile, where: Node | number, message: string): Finding {
  return `${file.path}:${typeof where === 'number' ? where : file.lineAt(where.start)} ${message}`;
}

function parse(file: TreeFile): Program {
  const { program, errors } = parseSync(file.path, file.text, { preserveParens: false });
  if (errors[0]) throw new Error(`${file.path} cannot be parsed: ${errors[0].message}`);
  return program;
}

function treeOf(files: readonly TreeFile[]): Tree {
  const manifests = files.filter(({ path: file }) => /^(?:libs|services)\/[^/]+\/package\.json$/.test(file));
  const root = files.find(({ path: file }) => file === 'package.json');
  return {
    files,
    packages: manifests.map(readPackage),
    root: root ? (JSON.parse(root.text) as Manifest) : {},
  };
}

function readPackage(file: TreeFile): WorkspacePackage {
  const manifest = JSON.parse(file.text) as Manifest;
  const floor = manifest.nx?.tags?.find((tag) => /^floor:\d$/.test(tag));
  return {
    folder: path.posix.dirname(file.path),
    manifest,
    type: file.path.startsWith('libs/') ? 'lib' : 'service',
    floor: floor === undefined ? undefined : Number(floor.slice('floor:'.length)),
  };
}

function trackedFiles(root: string): string[] | undefined {
  const ask = (...args: string[]) =>
    execFileSync('git', ['-C', root, 'ls-files', '-z', ...args], { encoding: 'utf8', stdio: 'pipe' })
      .split('\0')
      .filter((file) => file !== '');
  if (!existsSync(path.join(root, '.git'))) return undefined;
  try {
    const others = ask('--others', '--exclude-standard', '--', 'libs', 'services', 'schemas', 'deploy', 'test');
    return [...new Set([...ask(), ...others])].filter((file) => existsSync(path.join(root, file)));
  } catch {
    return undefined;
  }
}

function walk(root: string, folder = ''): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const inner = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : walk(root, inner);
    return entry.isFile() ? [inner] : [];
  });
}

function readText(root: string, file: string, as: string): TreeFile[] {
  const where = path.join(root, file);
  const { size } = statSync(where);
  if (size > MAX_BYTES) return [];
  const bytes = readFileSync(where);
  return bytes.subarray(0, 1024).includes(0) ? [] : [new TreeFile(as, bytes.toString('utf8'))];
}
