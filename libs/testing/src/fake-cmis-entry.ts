import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { readSmallXml } from '@ozg-hub/xml';
import { FakeCmisException, type FakeContent, type FakeValue } from './fake-cmis-model.ts';
import type { FakeCmisStore } from './fake-cmis-store.ts';
import { fakeProperty } from './fake-cmis-values.ts';

export interface FakeEntry {
  readonly title: string;
  readonly properties: ReadonlyMap<string, readonly FakeValue[]>;
  readonly content: FakeContent | undefined;
}

type Node = Readonly<Record<string, unknown>>;

const START = '<cmisra:base64>';
const LISTS = ['propertyString', 'propertyId', 'propertyBoolean', 'propertyInteger', 'propertyDateTime', 'value'];

/** Reads an Atom entry; inline content is decoded to a file while it arrives. */
export async function readEntry(message: IncomingMessage, store: FakeCmisStore, prefixed: boolean): Promise<FakeEntry> {
  let head = '';
  let tail = '';
  let state: 'head' | 'content' | 'tail' = 'head';
  let rest = '';
  const stream = new PassThrough();
  let kept: Promise<Omit<FakeContent, 'mediaType' | 'fileName'>> | undefined;
  const feed = async (text: string) => {
    const base64 = rest + text;
    const whole = base64.length - (base64.length % 4);
    rest = base64.slice(whole);
    if (!stream.write(Buffer.from(base64.slice(0, whole), 'base64'))) {
      await new Promise((resolve) => stream.once('drain', resolve));
    }
  };
  message.setEncoding('utf8');
  try {
    for await (let text of message as AsyncIterable<string>) {
      if (state === 'head') {
        head += text;
        const at = head.indexOf(START);
        if (at < 0) continue;
        text = head.slice(at + START.length);
        head = head.slice(0, at + START.length);
        state = 'content';
        kept = store.keep(stream, '', '');
        kept.catch(() => undefined);
      }
      if (state === 'content') {
        const end = text.indexOf('<');
        await feed(end < 0 ? text : text.slice(0, end));
        if (end < 0) continue;
        text = text.slice(end);
        state = 'tail';
      }
      tail += text;
    }
    if (!message.complete) throw new FakeCmisException('runtime', 'The request is not whole.');
    const entry = node(readSmallXml(head + tail, { arrays: LISTS })['entry']);
    stream.end();
    const file = await kept;
    const properties = readProperties(entry, prefixed);
    return { title: text(entry['title']), properties, content: file && { ...file, ...namesIn(entry) } };
  } catch (error) {
    stream.destroy(error instanceof Error ? error : undefined);
    await kept?.catch(() => undefined);
    throw error instanceof FakeCmisException ? error : new FakeCmisException('invalidArgument', 'Invalid XML!');
  }
}

function namesIn(entry: Node): { mediaType: string; fileName: string } {
  const { mediatype, filename } = node(entry['content']);
  const title = text(entry['title']);
  return { mediaType: text(mediatype), fileName: text(filename) || title };
}

function readProperties(entry: Node, prefixed: boolean): Map<string, readonly FakeValue[]> {
  const properties = node(node(entry['object'])['properties']);
  return new Map(
    Object.values(properties)
      .flat()
      .flatMap((value) => {
        const property = node(value);
        const id = text(property['@propertyDefinitionId']);
        if (id === '') return [];
        const values = [property['value'] ?? []].flat();
        return [[id, values.map((one) => fakeProperty.atomValue(id, text(one), prefixed))] as const];
      }),
  );
}

function node(value: unknown): Node {
  return typeof value === 'object' && value !== null ? (value as Node) : {};
}

function text(value: unknown): string {
  if (typeof value === 'object' && value !== null) return text((value as Node)['#text']);
  return value === undefined ? '' : String(value);
}
