import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { writtenBody } from './request-body.ts';

async function sent(fill: (to: Writable) => Promise<unknown>, length?: number): Promise<{ text: string; end: string }> {
  let text = '';
  try {
    for await (const piece of writtenBody('text/plain', fill, length).pieces()) text += Buffer.from(piece).toString();
    return { text, end: 'whole' };
  } catch (error) {
    return { text, end: (error as Error).message };
  }
}

const ends = async (to: Writable) => {
  to.write('first ');
  to.end('last');
  await once(to, 'finish');
};

test('a body is what its writer writes', async () => {
  expect(await sent(ends)).toEqual({ text: 'first last', end: 'whole' });
  expect(await sent(ends, 10)).toEqual({ text: 'first last', end: 'whole' });
});

test('a body is never whole where its writer fails, be it after the last byte', async () => {
  const fails = async (to: Writable) => {
    await ends(to);
    throw new Error('checksum');
  };
  for (const length of [undefined, 10]) {
    const { text, end } = await sent(fails, length);
    expect(end).toBe('checksum');
    expect(text.length).toBeLessThan(10);
  }
});

test('a body is never whole where it has another length than stated', async () => {
  for (const length of [9, 11]) {
    const { text, end } = await sent(ends, length);
    expect(end).toMatch(/the body is/);
    expect(text.length).toBeLessThan(Math.min(length, 10));
  }
});
