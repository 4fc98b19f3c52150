import { Controller, Inject } from '@nestjs/common';
import { type EventData, type HubEvent, noticeIssued } from '@ozg-hub/events';
import { type BusContext, OnEvent } from '@ozg-hub/messaging';
import { CaseNotices } from './cases/case-notices.ts';

/** Queues the filing of a notice. */
@Controller()
export class NoticeIssuedHandler {
  constructor(@Inject(CaseNotices) private readonly notices: CaseNotices) {}

  @OnEvent(noticeIssued)
  file(event: HubEvent<EventData<typeof noticeIssued>>, context: BusContext): Promise<void> {
    return this.notices.file(context.tx, event);
  }
}
