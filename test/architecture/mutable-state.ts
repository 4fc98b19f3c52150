import type { Expression, Node, TSTypeAnnotation, VariableDeclaration } from 'oxc-parser';
import { childrenOf, pathOf, propertyOf } from './syntax.ts';
import { type Finding, type Tree, type TreeFile, finding } from './tree.ts';

const MUTATORS = new Set(
  'add append clear copyWithin delete fill pop push reverse set shift sort splice unshift'.split(' '),
);
const COLLECTIONS = /^(?:Map|Set|WeakMap|WeakSet|Array)$/;

/**
 * Two hubs in one process must not meet: a lib keeps no state in its modules. Found are `let` and `var`, collections
 * and objects that the module changes, exported collections that others could change, and static fields of that kind.
 */
export function mutableState(tree: Tree): Finding[] {
  return tree.files
    .filter((file) => /^libs\/[^/]+\/src\//.test(file.path) && file.isTypeScript && !file.isTest)
    .flatMap((file) => [...variables(file), ...staticFields(file)]);
}

function variables(file: TreeFile): Finding[] {
  return file.program.body.flatMap((statement) => {
    const exported = statement.type === 'ExportNamedDeclaration';
    const declaration = exported ? statement.declaration : statement;
    return declaration?.type === 'VariableDeclaration' ? variablesOf(file, declaration, exported) : [];
  });
}

function variablesOf(file: TreeFile, { kind, declarations, declare, start }: VariableDeclaration, exported: boolean) {
  if (declare) return [];
  if (kind !== 'const') return [finding(file, file.lineAt(start), 'a variable at module level is mutable state')];
  return declarations.flatMap((declaration) => {
    const { id, init } = declaration;
    if (!init || id.type !== 'Identifier') return [];
    if (isCollection(init) && exported && !isReadonly(file, id.typeAnnotation)) {
      return [finding(file, declaration, `${id.name} is an exported collection that is not readonly`)];
    }
    if (!isContainer(init)) return [];
    const change = changeOf(file.program, id.name);
    return change ? [finding(file, change, `changes ${id.name}, which is state at module level`)] : [];
  });
}

function staticFields(file: TreeFile): Finding[] {
  return file
    .find('PropertyDefinition', 'AccessorProperty')
    .filter((field) => {
      const collection = field.value && isCollection(field.value) && !isReadonly(file, field.typeAnnotation);
      return field.static && (!field.readonly || collection);
    })
    .map((field) => finding(file, field, 'a static field is mutable state'));
}

/** The first place where the module's own `name` is assigned into, deleted from, or changed by a method. */
function changeOf(node: Node, name: string): Node | undefined {
  if (shadows(node, name)) return undefined;
  if (changes(node, name)) return node;
  for (const child of childrenOf(node)) {
    const change = changeOf(child, name);
    if (change) return change;
  }
  return undefined;
}

function changes(node: Node, name: string): boolean {
  switch (node.type) {
    case 'CallExpression': {
      const { callee, arguments: given } = node;
      if (pathOf(callee) === 'Object.assign') return given[0] !== undefined && isRoot(given[0], name);
      return (
        callee.type === 'MemberExpression' && MUTATORS.has(propertyOf(callee) ?? '') && isRoot(callee.object, name)
      );
    }
    case 'AssignmentExpression':
      return isPart(node.left, name);
    case 'UpdateExpression':
      return isPart(node.argument, name);
    case 'UnaryExpression':
      return node.operator === 'delete' && isPart(node.argument, name);
    default:
      return false;
  }
}

/** Whether a node is the variable itself or something inside it. */
function isRoot(node: Node, name: string): boolean {
  if (node.type === 'MemberExpression') return isRoot(node.object, name);
  if (node.type === 'TSNonNullExpression' || node.type === 'ChainExpression') return isRoot(node.expression, name);
  return node.type === 'Identifier' && node.name === name;
}

function isPart(node: Node, name: string): boolean {
  return node.type !== 'Identifier' && isRoot(node, name);
}

/** Whether a function or block declares the same name again, so that it means something else inside. */
function shadows(node: Node, name: string): boolean {
  if ('params' in node && Array.isArray(node.params)) return node.params.some((parameter) => binds(parameter, name));
  if (node.type !== 'BlockStatement') return false;
  return node.body.some(
    (statement) => statement.type === 'VariableDeclaration' && statement.declarations.some(({ id }) => binds(id, name)),
  );
}

function binds(pattern: Node | null, name: string): boolean {
  switch (pattern?.type) {
    case 'Identifier':
      return pattern.name === name;
    case 'ObjectPattern':
      return pattern.properties.some((property) => binds(property, name));
    case 'ArrayPattern':
      return pattern.elements.some((element) => binds(element, name));
    case 'Property':
      return binds(pattern.value, name);
    case 'AssignmentPattern':
      return binds(pattern.left, name);
    case 'RestElement':
      return binds(pattern.argument, name);
    case 'TSParameterProperty':
      return binds(pattern.parameter, name);
    default:
      return false;
  }
}

function isCollection(node: Expression): boolean {
  return node.type === 'NewExpression' && COLLECTIONS.test(pathOf(node.callee) ?? '');
}

function isContainer(node: Expression): boolean {
  if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') return isContainer(node.expression);
  if (node.type === 'CallExpression') return pathOf(node.callee) === 'Object.create';
  return node.type === 'NewExpression' || node.type === 'ArrayExpression' || node.type === 'ObjectExpression';
}

function isReadonly(file: TreeFile, type: TSTypeAnnotation | null | undefined): boolean {
  return type ? /^(?:Readonly|readonly)/.test(file.textOf(type.typeAnnotation)) : false;
}
