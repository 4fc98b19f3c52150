import path from 'node:path';
import { importsOf } from './imports.ts';
import { type Finding, type Tree, finding } from './tree.ts';

const MAX_LINES = 400;
const MAX_HOP_LINES = 30;
const HOP = /\.(?:handler|controller)\.ts$/;

/** An index lists what it exports by name. */
export function namedExports(tree: Tree): Finding[] {
  return tree.files
    .filter((file) => file.isTypeScript)
    .flatMap((file) =>
      file.program.body
        .filter(({ type }) => type === 'ExportAllDeclaration')
        .map((node) => finding(file, node, 'exports everything instead of names')),
    );
}

/** A TypeScript or SQL file stays short enough to be read in one go. */
export function fileLengths(tree: Tree): Finding[] {
  return tree.files
    .filter((file) => file.isTypeScript || file.path.endsWith('.sql'))
    .flatMap((file) => {
      const lines = file.text.replace(/\n$/, '').split('\n').length;
      return lines > MAX_LINES ? [finding(file, lines, `has ${lines} lines, ${MAX_LINES} are allowed`)] : [];
    });
}

/** Handler or controller → use case → port: each method is short, and none reaches past the use case. */
export function threeHops(tree: Tree): Finding[] {
  return tree.files
    .filter((file) => HOP.test(file.path))
    .flatMap((file) => {
      const beyond = importsOf(file)
        .filter(({ specifier }) => /\.(?:repository|adapter)(?:\.[jt]s)?$/.test(specifier))
        .map(({ node, specifier }) =>
          finding(file, node, `reaches past the use case to ${path.posix.basename(specifier)}`),
        );
      const long = file
        .find('MethodDefinition', 'FunctionDeclaration', 'Property')
        .filter((node) => node.type !== 'Property' || node.method)
        .map((node) => ({ node, lines: file.textOf(node).split('\n').length }))
        .filter(({ lines }) => lines > MAX_HOP_LINES)
        .map(({ node, lines }) => {
          const name = node.type === 'FunctionDeclaration' ? node.id : node.key;
          const what = name ? file.textOf(name) : 'a function';
          return finding(file, node, `${what} has ${lines} lines, ${MAX_HOP_LINES} are allowed`);
        });
      return [...beyond, ...long];
    });
}
