import { type DynamicModule, Module } from '@nestjs/common';
import {
  Deliveries,
  DeliveryEngine,
  DeliveryOperations,
  Replies,
  ReplayBatches,
  ReplayRunner,
} from '@ozg-hub/delivery';
import { type ServiceContext, deliveriesController, hourly, replaysController } from '@ozg-hub/runtime';
import type { DmsExportConfig } from './config.ts';
import { CaseOrders } from './cases/case-orders.ts';
import { CaseNotices } from './cases/case-notices.ts';
import { CaseRecorder } from './cases/case-recorder.ts';
import { CasesController } from './cases/cases.controller.ts';
import { NoticeRepository } from './cases/notice.repository.ts';
import { CmisConnections } from './cmis/cmis-connections.ts';
import { CurrentTargets } from './current-targets.ts';
import { DeliveryDiagnosis } from './delivery-diagnosis.ts';
import { FilingQueue } from './filing-queue.ts';
import { Housekeeping } from './housekeeping.ts';
import { measureDeliveries } from './delivery-metrics.ts';
import { NoticeIssuedHandler } from './notice-issued.handler.ts';
import { announceRecords } from './records-announcement.ts';
import { DmsConnections } from './transport/dms-connections.ts';
import { PostedReplies } from './xdomea/posted-replies.ts';
import { RepliesController } from './xdomea/replies.controller.ts';
import { ReplyAcceptance } from './xdomea/reply-acceptance.ts';
import { ReplyPickup } from './xdomea/reply-pickup.ts';
import { repin } from './repin.ts';
import { SubmissionAcceptedHandler } from './submission-accepted.handler.ts';
import { targetKinds } from './target-kinds.ts';

/** Of the time for a stop; for the results of deliveries that are given up. */
const RESULTS_MS = 1_500;

@Module({})
class DmsExportModule {}

/** Wires the export. */
export function dmsExportModule(context: ServiceContext<DmsExportConfig>): DynamicModule {
  const { store, directory, logger, failpoints, config, metrics, name: service } = context;
  const connections = new DmsConnections(directory);
  const cmisConnections = new CmisConnections({ directory, logger });
  const adapters = Object.values(targetKinds).map(({ adapter }) =>
    adapter({ ...context, connections, cmisConnections }),
  );
  const targets = new CurrentTargets(directory);
  const announcing = { service, announce: announceRecords.bind(undefined, `/ozg-hub/${service}`) };
  const deliveries = new Deliveries(announcing);
  const caseRecorder = new CaseRecorder(deliveries);
  const recorder = { ...announcing, recorded: caseRecorder.record.bind(caseRecorder) };
  const attempts = metrics.counter('hub_delivery_attempts_total', 'Attempts at targets.', ['service', 'class']);
  const engine = new DeliveryEngine({
    ...recorder,
    store,
    adapters,
    directory: targets,
    logger,
    failpoints,
    concurrency: config.HUB_DMS_CONCURRENCY,
    leaseMs: config.HUB_DMS_LEASE_SECONDS * 1000,
    observe: (attempt) => attempts.inc({ service, class: attempt.class }),
  });
  const operations = new DeliveryOperations({
    ...recorder,
    store,
    adapters,
    directory: targets,
    logger,
    failpoints,
    repin: (delivery) => repin(directory, delivery),
  });
  const replays = new ReplayBatches(store);
  const runner = new ReplayRunner({ ...recorder, store, logger, failpoints });
  measureDeliveries(metrics, operations);
  const replies = new Replies({ ...recorder, directory: targets });
  const acceptance = new ReplyAcceptance({ store, replies, xml: context.xml, failpoints });
  const counter = metrics.counter('hub_dms_replies_total', 'Replies of DMS.', ['tenant', 'target', 'outcome']);
  const pickup = new ReplyPickup({
    acceptance,
    directory,
    connections,
    logger,
    pollMs: config.HUB_DMS_REPLY_POLL_MS,
    counter,
  });
  context.background({
    name: 'deliveries and replies',
    start: () => (engine.start(), pickup.start(), runner.start()),
    stop: async (graceMs) => {
      await Promise.all([engine.stop(graceMs - RESULTS_MS), pickup.stop(), runner.stop()]);
      connections.close();
      await cmisConnections.close();
    },
  });
  const housekeeping = new Housekeeping({ store, directory, connections, logger, keepDays: config.HUB_DMS_KEEP_DAYS });
  context.background(hourly('dms-export housekeeping', logger, () => housekeeping.tidy()));
  const notices = new CaseNotices(deliveries, directory);
  const diagnosis = new DeliveryDiagnosis(operations, directory, connections, replays, () =>
    new NoticeRepository().stranded(store),
  );
  context.diagnose(() => diagnosis.examine());
  return {
    module: DmsExportModule,
    controllers: [
      SubmissionAcceptedHandler,
      NoticeIssuedHandler,
      deliveriesController(service),
      replaysController(service),
      CasesController,
      RepliesController,
    ],
    providers: [
      { provide: FilingQueue, useValue: new FilingQueue(deliveries, directory, notices) },
      { provide: CaseNotices, useValue: notices },
      { provide: CaseOrders, useValue: new CaseOrders({ ...context, deliveries }) },
      { provide: PostedReplies, useValue: new PostedReplies({ acceptance, directory, counter }) },
      { provide: DeliveryOperations, useValue: operations },
      { provide: ReplayBatches, useValue: replays },
    ],
  };
}
