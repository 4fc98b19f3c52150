import path from 'node:path';
import ts from 'typescript';
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
      file.source.statements
        .filter((node) => ts.isExportDeclaration(node) && !(node.exportClause && ts.isNamedExports(node.exportClause)))
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
      const findings: Finding[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) {
          const { line: first } = file.source.getLineAndCharacterOfPosition(node.getStart(file.source));
          const lines = file.source.getLineAndCharacterOfPosition(node.end).line - first + 1;
          if (lines > MAX_HOP_LINES) {
            findings.push(
              finding(file, node, `${node.name?.getText()} has ${lines} lines, ${MAX_HOP_LINES} are allowed`),
            );
          }
        }
        ts.forEachChild(node, visit);
      };
      visit(file.source);
      return [...beyond, ...findings];
    });
}
