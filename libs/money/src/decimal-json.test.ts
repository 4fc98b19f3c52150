import { expect, test } from '@jest/globals';
import { DecimalNumber, readDecimalJson, writeDecimalJson } from './decimal-json.ts';

test.each(['30.70', '0.10', '999999.00', '0', '-3.5', '100000000000000000.01'])(
  'the number %s is written and read as it stands',
  (text) => {
    const json = writeDecimalJson({
      amount: new DecimalNumber(text),
      list: [new DecimalNumber(text)],
      left: undefined,
    });
    expect(json).toBe(`{"amount":${text},"list":[${text}]}`);
    expect(readDecimalJson(json)).toEqual({ amount: text, list: [text] });
  },
);

test('digits inside of strings and names stay what they are, whatever else stands there', () => {
  const value = { '12': 'a 3.5 "b" \\', 'x"-1': ['1', '\\"2', '{"a":1}', 'ä\u0001'], yes: true };
  expect(readDecimalJson(writeDecimalJson(value))).toEqual(value);
  expect(readDecimalJson('{"a":[1e3,-0.5,null,false,"2"]}')).toEqual({ a: ['1e3', '-0.5', null, false, '2'] });
});

test.each(['', '{"a":1', '{"a":01}', '{"a":1.}', '[1 2]', '<html>'])('%s is no JSON', (text) => {
  expect(() => readDecimalJson(text)).toThrow(SyntaxError);
});

test.each(['1e3', '01', '.5', '5.', '', 'NaN', '1,5'])('%s is not written as a number', (text) => {
  expect(() => new DecimalNumber(text)).toThrow(TypeError);
});
