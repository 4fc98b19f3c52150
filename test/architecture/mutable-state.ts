import ts from 'typescript';
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
  return file.source.statements.filter(ts.isVariableStatement).flatMap((statement) => {
    const { declarations, flags } = statement.declarationList;
    if (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)) return [];
    if (!(flags & ts.NodeFlags.Const)) return [finding(file, statement, 'a variable at module level is mutable state')];
    const exported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
    return declarations.flatMap((declaration) => {
      if (!declaration.initializer || !ts.isIdentifier(declaration.name)) return [];
      const name = declaration.name.text;
      if (isCollection(declaration.initializer) && exported && !isReadonly(declaration.type)) {
        return [finding(file, declaration, `${name} is an exported collection that is not readonly`)];
      }
      if (!isContainer(declaration.initializer)) return [];
      const change = changeOf(file.source, name);
      return change ? [finding(file, change, `changes ${name}, which is state at module level`)] : [];
    });
  });
}

function staticFields(file: TreeFile): Finding[] {
  if (!/\bstatic\b/.test(file.text)) return [];
  const findings: Finding[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyDeclaration(node) && hasModifier(node, ts.SyntaxKind.StaticKeyword)) {
      const collection = node.initializer && isCollection(node.initializer) && !isReadonly(node.type);
      if (!hasModifier(node, ts.SyntaxKind.ReadonlyKeyword) || collection) {
        findings.push(finding(file, node, 'a static field is mutable state'));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file.source);
  return findings;
}

/** The first place where the module's own `name` is assigned into, deleted from, or changed by a method. */
function changeOf(root: ts.Node, name: string): ts.Node | undefined {
  const isRoot = (node: ts.Node): boolean => {
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return isRoot(node.expression);
    if (ts.isNonNullExpression(node) || ts.isParenthesizedExpression(node)) return isRoot(node.expression);
    return ts.isIdentifier(node) && node.text === name;
  };
  const isPart = (node: ts.Node): boolean => !ts.isIdentifier(node) && isRoot(node);
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (node !== root && shadows(node, name)) return undefined;
    if (ts.isCallExpression(node)) {
      const { expression: callee, arguments: given } = node;
      if (ts.isPropertyAccessExpression(callee) && MUTATORS.has(callee.name.text) && isRoot(callee.expression)) {
        return node;
      }
      if (given[0] && isRoot(given[0]) && callee.getText() === 'Object.assign') return node;
    }
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind) && isPart(node.left)) return node;
    if (ts.isDeleteExpression(node) && isPart(node.expression)) return node;
    if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isPart(node.operand)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) return node;
    }
    return ts.forEachChild(node, visit);
  };
  return visit(root);
}

/** Whether a function or block declares the same name again, so that it means something else inside. */
function shadows(node: ts.Node, name: string): boolean {
  if (ts.isFunctionLike(node)) return node.parameters.some((parameter) => binds(parameter.name, name));
  if (!ts.isBlock(node)) return false;
  return node.statements
    .filter(ts.isVariableStatement)
    .some(({ declarationList }) => declarationList.declarations.some((declaration) => binds(declaration.name, name)));
}

function binds(binding: ts.BindingName, name: string): boolean {
  if (ts.isIdentifier(binding)) return binding.text === name;
  return binding.elements.some((element) => ts.isBindingElement(element) && binds(element.name, name));
}

function isCollection(node: ts.Expression): boolean {
  return ts.isNewExpression(node) && COLLECTIONS.test(node.expression.getText());
}

function isContainer(node: ts.Expression): boolean {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return isContainer(node.expression);
  if (ts.isNewExpression(node)) return true;
  if (ts.isCallExpression(node)) return node.expression.getText() === 'Object.create';
  return ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node);
}

function isReadonly(type: ts.TypeNode | undefined): boolean {
  return type !== undefined && /^(?:Readonly|readonly)/.test(type.getText());
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function hasModifier(node: ts.PropertyDeclaration, kind: ts.SyntaxKind): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === kind) ?? false;
}
