import { Controller, Inject } from '@nestjs/common';
import { type EventData, type HubEvent, submissionAccepted } from '@ozg-hub/events';
import { type BusContext, OnEvent } from '@ozg-hub/messaging';
import { FilingQueue } from './filing-queue.ts';

/** Queues the filing of an accepted application. */
@Controller()
export class SubmissionAcceptedHandler {
  constructor(@Inject(FilingQueue) private readonly filing: FilingQueue) {}

  @OnEvent(submissionAccepted)
  file(event: HubEvent<EventData<typeof submissionAccepted>>, context: BusContext): Promise<void> {
    return this.filing.file(context.tx, event);
  }
}
