import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { Node } from 'oxc-parser';
import { childrenOf, pathOf, propertyOf } from './architecture/syntax.ts';
import { TreeFile, readCheckout } from './architecture/tree.ts';

const WHERE = ['libs/money/src/', 'libs/camt/src/', 'services/epay21-bridge/src/'];
const STATEMENT = /Statement$|^VariableDeclaration$|^Property$/;
/** What a fraction may be of: time, chance, and lengths on a page. */
const NO_MONEY = /second|minute|milli|random|jitter|\bnow\(|border|margin|width|height|font|bottom|\btop\b/i;
const AMOUNT = /amount|betrag|gross|brutto|netto?\b|\btax\b|price|preis|fee\b|total|\bsum\b|decimal\b|\bamt\b/i;
const CUTTING = new Set(['Math.floor', 'Math.ceil', 'Math.trunc', 'Math.fround']);
const TO_NUMBER = new Set(['Number', 'parseInt', 'Number.parseInt']);
const FLOATS = new Set(['parseFloat', 'Number.parseFloat']);

/** Where a file counts money by floating numbers, as `path:line what`. */
function floatsIn(file: TreeFile): string[] {
  const found: string[] = [];
  const visit = (node: Node, statement: Node): void => {
    const what = floatIn(node, file.textOf(node), file.textOf(statement));
    if (what !== undefined) found.push(`${file.path}:${file.lineAt(node.start)} ${what}`);
    for (const child of childrenOf(node)) visit(child, STATEMENT.test(child.type) ? child : statement);
  };
  visit(file.program, file.program);
  return found;
}

function floatIn(node: Node, text: string, statement: string): string | undefined {
  switch (node.type) {
    case 'CallExpression':
      return callIn(pathOf(node.callee) ?? '', text, statement);
    case 'MemberExpression':
      return propertyOf(node) === 'toFixed' ? 'writes a number with toFixed' : undefined;
    case 'BinaryExpression':
    case 'AssignmentExpression':
      return /^(?:[*/]=?|\*\*=?)$/.test(node.operator) && isHundred(node.right, node.operator)
        ? `calculates with ${node.operator} 100`
        : undefined;
    case 'UnaryExpression':
      return node.operator === '+' && AMOUNT.test(text) ? 'makes a number of an amount with +' : undefined;
    case 'Literal':
      return isFraction(node) && !NO_MONEY.test(statement) ? 'has a decimal literal' : undefined;
    default:
      return undefined;
  }
}

function callIn(callee: string, text: string, statement: string): string | undefined {
  if (FLOATS.has(callee)) return `calls ${callee}`;
  const rounds = callee === 'Math.round' || (CUTTING.has(callee) && AMOUNT.test(statement));
  if (rounds && !NO_MONEY.test(statement)) return `rounds with ${callee}`;
  const given = text.slice(text.indexOf('('));
  const whole = /minor/i.test(given) || /BigInt|\dn\b/.test(given);
  return TO_NUMBER.has(callee) && AMOUNT.test(given) && !whole
    ? `makes a number of an amount with ${callee}`
    : undefined;
}

function isHundred(node: Node, operator: string): boolean {
  if (operator.startsWith('**')) return node.type === 'UnaryExpression' && node.operator === '-';
  return node.type === 'Literal' && node.value === 100;
}

const isFraction = (node: Node & { type: 'Literal' }) =>
  typeof node.value === 'number' && (!Number.isInteger(node.value) || /[.]/.test(node.raw ?? ''));

describe('no amount is ever a floating number', () => {
  const files = readCheckout(fileURLToPath(new URL('..', import.meta.url))).files.filter(
    ({ path, name }) =>
      WHERE.some((folder) => path.startsWith(folder)) && path.endsWith('.ts') && !/\.test\.ts$|^sample-/.test(name),
  );

  test.each(WHERE)('in %s', (folder) => {
    const here = files.filter(({ path }) => path.startsWith(folder));
    expect(here.length).toBeGreaterThan(3);
    expect(here.flatMap(floatsIn)).toEqual([]);
  });

  test.each([
    ['const a = parseFloat(text);', 'calls parseFloat'],
    ['const a = Number.parseFloat(text);', 'calls Number.parseFloat'],
    ['row.push(value.toFixed(2));', 'writes a number with toFixed'],
    ["row.push(value['toFixed'](2));", 'writes a number with toFixed'],
    ['const a = Math.round(cents * share);', 'rounds with Math.round'],
    ['const a = Math.trunc(gross * share);', 'rounds with Math.trunc'],
    ['const euros = minor / 100;', 'calculates with / 100'],
    ['const cents = euros * 100;', 'calculates with * 100'],
    ['euros /= 100;', 'calculates with /= 100'],
    ['const euros = minor * 10 ** -2;', 'calculates with ** 100'],
    ['const a = Number(amount);', 'makes a number of an amount with Number'],
    ['const a = Number(body.grosAmount);', 'makes a number of an amount with Number'],
    ['const a = Number.parseInt(row.total, 10);', 'makes a number of an amount with Number.parseInt'],
    ['const a = +item.price;', 'makes a number of an amount with +'],
    ['const tax = gross * 0.19;', 'has a decimal literal'],
    ['const limit = 999999.0;', 'has a decimal literal'],
  ])('would be found: %s', (code, what) => {
    expect(floatsIn(new TreeFile('a.ts', `const b = 1;\n${code}`))).toContain(`a.ts:2 ${what}`);
  });

  test.each([
    'const wait = seconds * (0.8 + 0.4 * random);',
    'const took = Math.round(performance.now() - began);',
    'const rule = { bottom: 0.5 };',
    'const half = Math.floor((low + high) / 2);',
    'const minor = Number(row.gross_minor);',
    "const rate = '19.00';",
    'const tax = Number((2n * gross + half) / (2n * divisor));',
    'const a = 1_000_000; const b = n * 1000;',
  ])('would be left alone: %s', (code) => {
    expect(floatsIn(new TreeFile('a.ts', code))).toEqual([]);
  });
});
