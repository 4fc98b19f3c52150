import { BaseRpcContext } from '@nestjs/microservices';
import type { TraceContext } from '@ozg-hub/core';
import type { Tx } from '@ozg-hub/store';
import type { ReceivedRecord } from './bus.port.ts';

/** The second argument of a handler (`@Ctx()`). */
export class BusContext extends BaseRpcContext<[Tx, ReceivedRecord, TraceContext]> {
  constructor(
    /** The transaction of this message: state and outbox written through it take effect together with the inbox row. */
    readonly tx: Tx,
    readonly record: ReceivedRecord,
    /** A span of the consumer in the trace of the event. */
    readonly trace: TraceContext,
  ) {
    super([tx, record, trace]);
  }
}
