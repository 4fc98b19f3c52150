import type { Readable } from 'node:stream';
import { isHubError } from '@ozg-hub/core';
import type { ReplyOutcome } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Counter } from '@ozg-hub/observability';
import { runtimeErrors } from '@ozg-hub/runtime';
import { dmsErrors } from '../errors.ts';
import { type ReplyAcceptance, maxReplyBytes } from './reply-acceptance.ts';
import { type XdomeaTarget, xdomeaTargets } from './xdomea-targets.ts';

/** Media types of a reply: the message alone, or its package. */
export const replyMediaTypes = ['application/xml', 'text/xml', 'application/zip', 'application/octet-stream'] as const;

/** Bodies that are in memory at the same time. */
const AT_ONCE = 4;
/** A sender that trickles would keep others from being heard. */
const READ_MS = 300_000;

export interface PostedRepliesOptions {
  readonly acceptance: Pick<ReplyAcceptance, 'accept'>;
  readonly directory: Pick<Directory, 'current'>;
  /** Replies by what became of them. */
  readonly counter: Counter<'tenant' | 'target' | 'outcome'>;
  /** Milliseconds in which a body has to be there; default 300,000. */
  readonly readMs?: number;
}

export interface PostedReply {
  readonly tenant: string;
  readonly target: string;
  readonly contentType: string;
  readonly body: Readable;
}

/** Replies that DMS bring by HTTP. */
export class PostedReplies {
  #underWay = 0;

  constructor(private readonly options: PostedRepliesOptions) {}

  /**
   * Takes a reply in; resolves after the commit.
   * @throws HUB_DMS_REPLY_NOT_EXPECTED, HUB_HTTP_MEDIA_TYPE, HUB_HTTP_TOO_LARGE, HUB_DMS_REPLIES_BUSY, and the errors of
   * {@link ReplyAcceptance.accept}
   */
  async take({ tenant, target, contentType, body }: PostedReply): Promise<Exclude<ReplyOutcome, 'unknown'>> {
    const of = this.#find(tenant, target);
    const mediaType = contentType.split(';', 1)[0]!.trim().toLowerCase();
    if (!replyMediaTypes.some((known) => known === mediaType)) throw runtimeErrors.HUB_HTTP_MEDIA_TYPE();
    if (this.#underWay >= AT_ONCE) throw dmsErrors.HUB_DMS_REPLIES_BUSY();
    this.#underWay += 1;
    try {
      const { outcome } = await this.options.acceptance.accept(await this.#read(body), [of]);
      this.options.counter.inc({ tenant, target, outcome });
      return outcome;
    } catch (error) {
      if (isHubError(error) && error.class === 'never') this.options.counter.inc({ tenant, target, outcome: 'error' });
      throw error;
    } finally {
      this.#underWay -= 1;
    }
  }

  async #read(body: Readable): Promise<Buffer> {
    const late = new Error('the body did not come in time');
    const timer = setTimeout(() => body.destroy(late), this.options.readMs ?? READ_MS);
    try {
      return await readBody(body);
    } finally {
      clearTimeout(timer);
    }
  }

  #find(tenant: string, target: string): XdomeaTarget {
    const found = xdomeaTargets(this.options.directory.current()).find(
      (one) => one.tenant === tenant && one.target === target,
    );
    if (found?.settings.replies?.by !== 'http') throw dmsErrors.HUB_DMS_REPLY_NOT_EXPECTED();
    return found;
  }
}

/** The request stays open, so that its sender can be answered. */
async function readBody(body: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxReplyBytes) throw runtimeErrors.HUB_HTTP_TOO_LARGE();
      pieces.push(piece);
    }
  } catch (error) {
    throw isHubError(error) ? error : dmsErrors.HUB_DMS_INTERRUPTED({ cause: error });
  }
  return Buffer.concat(pieces);
}
