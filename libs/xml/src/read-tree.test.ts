import { describe, expect, test } from '@jest/globals';
import { readTree } from './index.ts';

const codeOf = (text: string) => {
  try {
    readTree(text, { maxText: 100, maxNodes: 300 });
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('A tree of a whole document', () => {
  test('holds everything under the root, elements of the same name included', () => {
    const tree = readTree('<a:r xmlns:a="urn:a" x="1"><a:r><b>t</b></a:r> <c/></a:r>');
    expect(tree).toMatchObject({
      namespace: 'urn:a',
      local: 'r',
      attributes: { x: '1' },
      text: '',
      children: [
        { namespace: 'urn:a', local: 'r', children: [{ namespace: '', local: 'b', text: 't' }] },
        { local: 'c', children: [] },
      ],
    });
  });

  test('joins texts around a comment, and keeps white space of a text', () => {
    expect(readTree('<a> one<!-- x -->two </a>').text).toBe(' onetwo ');
  });

  test.each([
    ['<!DOCTYPE a><a/>', 'HUB_XML_DOCTYPE'],
    ['<a>&b;</a>', 'HUB_XML_ENTITY'],
    ['<a>', 'HUB_XML_MALFORMED'],
    ['', 'HUB_XML_MALFORMED'],
    ['<a x="1" x="2"/>', 'HUB_XML_MALFORMED'],
    ['<a:b/>', 'HUB_XML_MALFORMED'],
    [`<a>${'x'.repeat(101)}</a>`, 'HUB_XML_TOO_LARGE'],
    [`<a>${'<b/>'.repeat(300)}</a>`, 'HUB_XML_TOO_LARGE'],
    [`${'<a>'.repeat(257)}${'</a>'.repeat(257)}`, 'HUB_XML_TOO_DEEP'],
  ])('is refused for %.30s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});
