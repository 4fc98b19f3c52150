import { type DynamicModule, Module } from '@nestjs/common';
import { IdentityProofs, SigningKeys, identityKeyMigrations } from '@ozg-hub/identity';
import type { ServiceContext } from '@ozg-hub/runtime';
import { AcceptApplication } from './accept-application.ts';
import { Acceptances } from './acceptance.ts';
import { ApplicantCheck } from './applicant-check.ts';
import { ApplicationReader } from './application-reader.ts';
import { ApplicationsController } from './applications.controller.ts';
import type { IntakeConfig } from './config.ts';
import { DeliveryChangedHandler } from './delivery-changed.handler.ts';
import { Erasures } from './erasure.ts';
import { ProgressProjection } from './progress-projection.ts';
import { orphanAge, retentionSweep } from './retention.ts';
import { SubmissionStatuses } from './submission-status.ts';
import { SubmissionsController } from './submissions.controller.ts';

@Module({})
class CiventoIntakeModule {}

/** Wires the intake. */
export function civentoIntakeModule(context: ServiceContext<IntakeConfig>): DynamicModule {
  const { store, vault, directory, config, clock, failpoints, logger } = context;
  const acceptances = new Acceptances({
    store,
    vault,
    logger,
    source: `/ozg-hub/${context.name}`,
    deadlineMs: config.HUB_INTAKE_COMMIT_SECONDS * 1000,
    failpoint: (name) => failpoints.hit(name),
  });
  const reader = new ApplicationReader(context.xml, directory, config.HUB_INTAKE_MAX_APPLICATION_MIB);
  const { secrets } = vault;
  const keys = new SigningKeys({ store: context.shared(identityKeyMigrations), secrets, clock });
  const applicants = new ApplicantCheck(new IdentityProofs({ keys, secrets, clock }));
  const intake = new AcceptApplication({ acceptances, reader, applicants, vault, config, now: () => clock.now() });
  const erasures = new Erasures(store, vault, logger);
  context.background(retentionSweep(erasures, vault, logger, orphanAge(config)));
  return {
    module: CiventoIntakeModule,
    controllers: [ApplicationsController, SubmissionsController, DeliveryChangedHandler],
    providers: [
      { provide: AcceptApplication, useValue: intake },
      { provide: SubmissionStatuses, useValue: new SubmissionStatuses(store) },
      { provide: Erasures, useValue: erasures },
      { provide: ProgressProjection, useValue: new ProgressProjection() },
    ],
  };
}
