import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Directory } from '@ozg-hub/directory';
import { dmsErrors } from '../errors.ts';
import { sampleSettings } from '../sample-envelope.ts';
import { PostedReplies } from './posted-replies.ts';
import type { AcceptedReply, ReplyAcceptance } from './reply-acceptance.ts';

let accept: (bytes: Uint8Array) => Promise<AcceptedReply['outcome']>;
let counted: string[];
let replies: PostedReplies;
let make: (readMs?: number) => PostedReplies;
beforeEach(() => {
  accept = async () => 'applied';
  counted = [];
  const settings = {
    eakte: sampleSettings({ replies: { by: 'http' } }),
    archiv: sampleSettings({ replies: { by: 'directory', folder: '/nowhere' } }),
  };
  const snapshot = {
    tenants: [{ slug: 'musterstadt', targets: ['eakte', 'archiv'].map((id) => ({ id, kind: 'xdomea' })) }],
    target: (_slug: string, id: keyof typeof settings) => ({ settings: settings[id] }),
  };
  const options = {
    acceptance: {
      accept: async (bytes: Uint8Array, [of]: Parameters<ReplyAcceptance['accept']>[1]) => ({
        of,
        outcome: await accept(bytes),
      }),
    },
    directory: { current: () => snapshot } as unknown as Pick<Directory, 'current'>,
    counter: {
      inc: ({ tenant, target, outcome }: Record<'tenant' | 'target' | 'outcome', string>) =>
        void counted.push(`${tenant}/${target} ${outcome}`),
    },
  };
  make = (readMs) => new PostedReplies({ ...options, ...(readMs !== undefined && { readMs }) });
  replies = make();
});

const take = (body: Readable = Readable.from([Buffer.from('<x/>')]), more: object = {}) =>
  replies.take({ tenant: 'musterstadt', target: 'eakte', contentType: 'application/xml', body, ...more });

describe('a posted reply', () => {
  test('is answered with what became of it, after the commit', async () => {
    let commit = () => {};
    accept = () => new Promise((resolve) => (commit = () => resolve('duplicate')));
    let answered = false;
    const answer = take().finally(() => (answered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    commit();
    expect(await answer).toBe('duplicate');
    expect(counted).toEqual(['musterstadt/eakte duplicate']);
  });

  test('to a target that is unknown, or answers otherwise, is refused', async () => {
    for (const address of [{ tenant: 'neudorf' }, { target: 'archiv' }, { target: 'nobody' }]) {
      await expect(take(undefined, address)).rejects.toMatchObject({ code: 'HUB_DMS_REPLY_NOT_EXPECTED', status: 404 });
    }
  });

  test('of another media type is refused', async () => {
    await expect(take(undefined, { contentType: 'text/html' })).rejects.toMatchObject({ code: 'HUB_HTTP_MEDIA_TYPE' });
    expect(await take(undefined, { contentType: 'Application/ZIP; x=y' })).toBe('applied');
  });

  test('that is too large is read no further than to the limit, and its sender can be answered', async () => {
    let sent = 0;
    const piece = Buffer.alloc(1024 * 1024);
    const body = new Readable({
      read() {
        sent += piece.length;
        this.push(sent > 500 * piece.length ? null : piece);
      },
    });
    await expect(take(body)).rejects.toMatchObject({ code: 'HUB_HTTP_TOO_LARGE', status: 413 });
    expect(sent).toBeLessThan(60 * piece.length);
    expect(body.destroyed).toBe(false);
  });

  test('that is cut off has no effect', async () => {
    let accepted = false;
    accept = async () => ((accepted = true), 'applied');
    const body = new Readable({ read() {} });
    const answer = take(body);
    body.push('<half');
    body.destroy(new Error('aborted'));
    await expect(answer).rejects.toMatchObject({ class: 'later' });
    expect(accepted).toBe(false);
  });

  test('that trickles in for ever is given up, so that others are heard', async () => {
    replies = make(20);
    const trickling = Array.from({ length: 4 }, () => take(new Readable({ read() {} })));
    await expect(take()).rejects.toMatchObject({ code: 'HUB_DMS_REPLIES_BUSY' });
    for (const one of trickling) await expect(one).rejects.toMatchObject({ code: 'HUB_DMS_INTERRUPTED' });
    expect(await take()).toBe('applied');
  });

  test('that cannot be committed now, or comes with too many others, may be sent again', async () => {
    accept = () => Promise.reject(dmsErrors.HUB_DMS_REPLY_UNKNOWN());
    await expect(take()).rejects.toMatchObject({ code: 'HUB_DMS_REPLY_UNKNOWN', status: 404 });
    expect(counted).toEqual(['musterstadt/eakte error']);
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    accept = async () => (await gate, 'applied');
    const underWay = Array.from({ length: 4 }, () => take());
    await expect(take()).rejects.toMatchObject({ code: 'HUB_DMS_REPLIES_BUSY', class: 'later' });
    goOn();
    expect(await Promise.all(underWay)).toEqual(Array(4).fill('applied'));
    expect(await take()).toBe('applied');
  });
});
