import { describe, expect, test } from '@jest/globals';
import { propertyRun } from '@ozg-hub/testing/database';
import { type ResponseLayout, SamlGround, base64, element } from '@ozg-hub/testing/saml';
import fc from 'fast-check';

const ground = await SamlGround.create();
const { bundidLayout, mukLayout } = ground;

/** Two hundred mutations in `npm test`; `HUB_PROPERTY_STEPS=100000` is the long form. */
const { steps, seed } = propertyRun(200);
const SHARES = 4;
const numRuns = Math.ceil(steps / SHARES);
const timeout = 20_000 + 100 * numRuns;

const ATTRIBUTES = [element('Attribute', { Name: 'urn:oid:2.5.4.4' }, [element('AttributeValue', {}, ['Mustermann'])])];

/** An element as text, to be taken apart and put together wrongly. */
interface PlainNode {
  name: string;
  /** As written, with the blank before them. */
  attributes: string;
  /** Before the first child. */
  text: string;
  /** Behind the end of the element. */
  after: string;
  gone: boolean;
  readonly children: PlainNode[];
}

/** What somebody might put somewhere. */
const PIECES = [
  '',
  ' ',
  '\r',
  '&#x0;',
  '&amp;',
  'admin',
  '_evil',
  '<!---->',
  '<x/>',
  ' xmlns=""',
  ' ID="_response"',
  '#_assertion',
  '2099-01-01T00:00:00Z',
  'STORK-QAA-Level-4',
];

describe.each<[string, Partial<ResponseLayout>, boolean]>([
  ['response and assertion signed, in the clear', { ...bundidLayout, encrypted: false }, true],
  ['response signed, encrypted', mukLayout, false],
])('Whatever is done to a response, nothing but what was signed is believed: %s', (_, layout, assertionSigned) => {
  const settings = { assertionSigned, unencryptedAllowed: true };
  const genuine = ground.responseXml({ attributes: ATTRIBUTES }, layout);
  const proven = genuine.then((xml) => ground.verified(base64(xml), settings));

  async function holds(field: string): Promise<void> {
    const outcome = await ground.refusal(field, settings);
    if (typeof outcome !== 'string') expect(outcome).toEqual(await proven);
    else expect(outcome).toMatch(/^HUB_SAML_/);
  }

  test(
    'mutated bytes',
    async () => {
      const bytes = Buffer.from(await genuine);
      const change = fc.record({
        at: fc.nat(bytes.length - 1),
        drop: fc.oneof(fc.constant(1), fc.nat(40)),
        put: fc.oneof(
          fc.uint8Array({ maxLength: 4, max: 127 }),
          fc.constantFrom(...PIECES).map((text) => Buffer.from(text)),
        ),
      });
      const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const mutated = changes.reduce(
          (before, { at, drop, put }) => Buffer.concat([before.subarray(0, at), put, before.subarray(at + drop)]),
          bytes,
        );
        await holds(mutated.toString('base64'));
      });
      await fc.assert(property, { numRuns, seed });
    },
    timeout,
  );

  test(
    'mutated trees',
    async () => {
      const count = nodesOf(await genuine).length;
      const change = fc.record({
        kind: fc.constantFrom('drop', 'double', 'move', 'inside', 'text', 'attribute', 'name'),
        at: fc.nat(count - 1),
        to: fc.nat(count - 1),
        piece: fc.constantFrom(...PIECES),
      });
      const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const nodes = nodesOf(await genuine);
        for (const { kind, at, to, piece } of changes) mutate(kind, nodes[at]!, nodes[to]!, piece);
        await holds(base64(textOf(nodes[0]!)));
      });
      await fc.assert(property, { numRuns, seed });
    },
    timeout,
  );
});

function mutate(kind: string, node: PlainNode, other: PlainNode, piece: string): void {
  switch (kind) {
    case 'drop':
      node.gone = true;
      break;
    case 'double':
      node.after += textOf(node);
      break;
    case 'move':
      other.after += textOf(node);
      node.gone = true;
      break;
    case 'inside':
      other.text += textOf(node);
      break;
    case 'text':
      node.text = piece;
      break;
    case 'attribute':
      node.attributes = node.attributes.replace(/"[^"]*"/, `"${piece}"`);
      break;
    default:
      node.name = other.name;
  }
}

/** The elements of a document without comments and the like, the root first. */
function nodesOf(xml: string): PlainNode[] {
  const all: PlainNode[] = [];
  const open: PlainNode[] = [];
  let last: { node: PlainNode; ended: boolean } | undefined;
  for (const [, end, name = '', attributes = '', empty, text = ''] of xml.matchAll(
    /<(\/)?([^\s/>]+)((?:\s[^>]*?)?)(\/)?>([^<]*)/g,
  )) {
    if (end === undefined) {
      const node: PlainNode = { name, attributes, text: '', after: '', gone: false, children: [] };
      all.push(node);
      open.at(-1)?.children.push(node);
      if (empty === undefined) open.push(node);
      last = { node, ended: empty !== undefined };
    } else {
      last = { node: open.pop()!, ended: true };
    }
    last.node[last.ended ? 'after' : 'text'] = text;
  }
  return all;
}

/** An element and all in it as XML again. */
function textOf({ name, attributes, text, after, gone, children }: PlainNode): string {
  return gone ? after : `<${name}${attributes}>${text}${children.map(textOf).join('')}</${name}>${after}`;
}
