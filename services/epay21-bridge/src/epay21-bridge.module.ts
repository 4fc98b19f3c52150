import { type DynamicModule, Module } from '@nestjs/common';
import { isHubError } from '@ozg-hub/core';
import type { Target } from '@ozg-hub/directory';
import { type ServiceContext, hourly } from '@ozg-hub/runtime';
import { AnswerArchive } from './provider/answer-archive.ts';
import { BookingAnsweredHandler } from './bookings/booking-answered.handler.ts';
import { Bookings } from './bookings/bookings.ts';
import { BookingsController } from './bookings/bookings.controller.ts';
import type { EpayBridgeConfig } from './config.ts';
import { epayErrors } from './errors.ts';
import { fileDrops } from './files/file-drops.ts';
import { PostingFiles } from './files/posting-files.ts';
import { OpenPostings } from './bookings/open-postings.ts';
import { measurePayments } from './payment-metrics.ts';
import { PaymentDiagnosis } from './payment-diagnosis.ts';
import { PaymentOperations } from './payment-operations.ts';
import { PaymentOperationsController } from './payment-operations.controller.ts';
import { LOOKS, PaymentRecorder } from './payment-recorder.ts';
import { PaymentStanding } from './payment-standing.ts';
import { PaymentWatch } from './provider/payment-watch.ts';
import { Payments } from './payments.ts';
import { PaymentsController } from './payments.controller.ts';
import { PostingFilesController } from './files/posting-files.controller.ts';
import { PostingsController } from './bookings/postings.controller.ts';
import { ProviderCalls } from './provider/provider-calls.ts';
import { providerKinds } from './provider/provider-kinds.ts';
import { ReconciliationDesk } from './reconciliation/reconciliation-desk.ts';
import { ReconciliationController } from './reconciliation/reconciliation.controller.ts';
import { Reconciliation } from './reconciliation/reconciliation.ts';
import { receiptLoop } from './receipt/receipt-loop.ts';
import { Receipts } from './receipt/receipts.ts';
import { ReturnController } from './return/return.controller.ts';
import { Returns } from './return/returns.ts';
import { Reversals } from './reversals.ts';
import { SubmissionAcceptedHandler } from './submission-accepted.handler.ts';

/** Citizens wait so long for the state after they come back. */
const RETURN_WAIT_MS = 3_000;

@Module({})
class Epay21BridgeModule {}

/** Wires the bridge. */
export function epay21BridgeModule(context: ServiceContext<EpayBridgeConfig>): DynamicModule {
  const { store, vault, directory, logger, failpoints, config, metrics, clock, name, xml } = context;
  const source = `/ozg-hub/${name}`;
  const providers = new Map(Object.entries(providerKinds).map(([kind, { adapter }]) => [kind, adapter(directory)]));
  const states = metrics.counter('hub_epay_changes_total', 'Payments that came into a state.', ['tenant', 'state']);
  const recorder = new PaymentRecorder({
    source,
    closes: ({ tenant, provider }) => closesPayments(context, providers, tenant, provider),
    observe: ({ tenant, state }) => states.inc({ tenant, state }),
  });
  const archive = new AnswerArchive(store, vault);
  const outcomes = metrics.counter('hub_epay_calls_total', 'Calls to payment services.', ['call', 'outcome']);
  const calls = new ProviderCalls({
    store,
    directory,
    providers,
    payeeOf: ({ kind, settings }) => providerKinds[kind]?.payee(settings),
    archive,
    recorder,
    returnUrl: (token) => `${config.HUB_EPAY_PUBLIC_URL.replace(/\/$/, '')}/epay21/v1/return/${token}`,
    logger,
    failpoints,
    // The poller's requests wait for their turn besides.
    placeMs: 6 * config.HUB_EPAY_PLACE_SECONDS * 1000 + 4000 / config.HUB_EPAY_CALLS_PER_SECOND,
    observe: (call, outcome) => outcomes.inc({ call, outcome }),
  });
  const payments = new Payments({
    store,
    directory,
    vault,
    archive,
    recorder,
    calls,
    endpointOf: (tenant, target) => endpointOf(directory.current().target(tenant, target)),
    clock,
    logger,
    initiateMs: config.HUB_EPAY_PLACE_SECONDS * 1000,
  });
  const watch = new PaymentWatch({
    store,
    calls,
    logger,
    rate: config.HUB_EPAY_CALLS_PER_SECOND,
    concurrency: config.HUB_EPAY_CONCURRENCY,
  });
  const receipts = new Receipts({ store, vault, directory, service: name, failpoints });
  const printing = receiptLoop({ store, receipts, logger, channel: LOOKS });
  const files = new PostingFiles({
    store,
    directory,
    xml,
    drops: fileDrops,
    clock,
    logger,
    failpoints,
    name,
  });
  const booked = metrics.counter('hub_epay_bookings_total', 'Answers of finance systems.', ['outcome']);
  const bookings = new Bookings({ store, recorder, observe: (outcome) => booked.inc({ outcome }) });
  const reconciliation = new Reconciliation({
    store,
    logger,
    clock,
    recorder,
    name,
  });
  const standing = new PaymentStanding(store);
  measurePayments(metrics, standing);
  context.background({
    name: 'payments',
    start: () => (watch.start(), printing.start()),
    stop: async (graceMs) => {
      await Promise.all([watch.stop(graceMs / 2), printing.stop(), payments.stop(graceMs / 2)]);
      await Promise.all([...providers.values()].map((provider) => provider.stop()));
    },
  });
  context.background(hourly('posting files', logger, () => files.run()));
  const keepDays = config.HUB_EPAY_KEEP_DAYS;
  context.background(hourly('answers of payment services', logger, () => archive.eraseOutlived(keepDays)));
  const diagnosis = new PaymentDiagnosis({ standing, directory, publicUrl: config.HUB_EPAY_PUBLIC_URL });
  context.diagnose(async () => [...(await diagnosis.examine()), ...(await files.examine())]);
  return {
    module: Epay21BridgeModule,
    controllers: [
      SubmissionAcceptedHandler,
      BookingAnsweredHandler,
      PaymentsController,
      BookingsController,
      ReturnController,
      PaymentOperationsController,
      PostingFilesController,
      PostingsController,
      ReconciliationController,
    ],
    providers: [
      { provide: Payments, useValue: payments },
      { provide: Bookings, useValue: bookings },
      { provide: Receipts, useValue: receipts },
      { provide: Returns, useValue: new Returns({ store, waitMs: RETURN_WAIT_MS }) },
      { provide: PaymentOperations, useValue: new PaymentOperations(store, recorder, calls) },
      { provide: OpenPostings, useValue: new OpenPostings(store) },
      { provide: PostingFiles, useValue: files },
      { provide: Reconciliation, useValue: reconciliation },
      { provide: ReconciliationDesk, useValue: new ReconciliationDesk(reconciliation, directory) },
      { provide: Reversals, useValue: new Reversals(store, recorder) },
    ],
  };
}

/** Host of the payment service; where the address is a reference, that stands for it. */
function endpointOf({ settings, kind }: Target): string {
  const address = settings['baseUrl'] ?? settings['url'];
  if (typeof address !== 'string')
    throw epayErrors.HUB_EPAY_NO_TARGET({ detail: `A target of kind ${kind} takes no fees.` });
  return URL.canParse(address) ? new URL(address).host : address;
}

function closesPayments(
  { directory }: Pick<ServiceContext, 'directory'>,
  providers: ReadonlyMap<string, { readonly close?: unknown }>,
  tenant: string,
  provider: string,
): boolean {
  try {
    return providers.get(directory.current().target(tenant, provider).kind)?.close !== undefined;
  } catch (error) {
    // A target that was taken away is told nothing more.
    if (isHubError(error)) return false;
    throw error;
  }
}
