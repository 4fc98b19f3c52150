import { type Failpoints, noFailpoints } from '@ozg-hub/core';
import type { Replies, ReplyOutcome } from '@ozg-hub/delivery';
import type { Store } from '@ozg-hub/store';
import { readReply } from '@ozg-hub/xdomea';
import type { XmlPool } from '@ozg-hub/xml';
import { dmsErrors } from '../errors.ts';
import { toTargetReply } from './target-reply.mapper.ts';
import type { XdomeaTarget } from './xdomea-targets.ts';

/** Replies above this are refused unread. */
export const maxReplyBytes = 50 * 1024 * 1024;
/** AllgemeineRueckmeldung: the message was processed before. It says nothing about the first result. */
const PROCESSED_BEFORE = '0000009';

export interface ReplyAcceptanceOptions {
  readonly store: Store;
  readonly replies: Replies;
  readonly xml: XmlPool;
  readonly failpoints?: Failpoints;
}

/** What became of a reply; committed. */
export interface AcceptedReply {
  readonly of: XdomeaTarget;
  readonly outcome: Exclude<ReplyOutcome, 'unknown'>;
}

/** Takes 0629 and 0630 in, however they came. */
export class ReplyAcceptance {
  constructor(private readonly options: ReplyAcceptanceOptions) {}

  /**
   * Reads a reply (XML or ZIP) and commits what it says. The same reply again is `duplicate`.
   * @param targets that may have sent it
   * @throws HUB_DMS_REPLY_UNKNOWN, HUB_DMS_REPLY_PROCESSED_BEFORE, and HUB_XML_* and HUB_XDOMEA_* where it is none
   */
  async accept(bytes: Uint8Array, targets: readonly [XdomeaTarget, ...XdomeaTarget[]]): Promise<AcceptedReply> {
    const { store, replies, xml, failpoints = noFailpoints } = this.options;
    const reply = await readReply(xml, bytes, { version: targets[0].settings.version });
    if (reply.kind === 'result' && reply.message.code === PROCESSED_BEFORE) {
      throw dmsErrors.HUB_DMS_REPLY_PROCESSED_BEFORE();
    }
    for (const of of targets) {
      const outcome = await store.tx((tx) => replies.apply(tx, toTargetReply(reply, of)));
      failpoints.hit('dms-export.reply-stored');
      if (outcome !== 'unknown') return { of, outcome };
    }
    throw dmsErrors.HUB_DMS_REPLY_UNKNOWN();
  }
}
