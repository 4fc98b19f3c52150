import { deliveryMigrations } from '@ozg-hub/delivery';
import { deliveryChanged, noticeIssued, recordsFiled, recordsRejected, submissionAccepted } from '@ozg-hub/events';
import { defineService } from '@ozg-hub/runtime';
import { dmsExportSettings } from './config.ts';
import { dmsExportModule } from './dms-export.module.ts';
import { targetKinds } from './target-kinds.ts';

/** Files accepted applications in the municipality's DMS and reads what it answers. */
export const dmsExport = defineService({
  name: 'dms-export',
  paths: ['/dms-export'],
  config: dmsExportSettings,
  migrations: [deliveryMigrations, { owner: 'dms-export', folder: new URL('../migrations/', import.meta.url) }],
  consumes: [submissionAccepted, noticeIssued],
  publishes: [deliveryChanged, recordsFiled, recordsRejected],
  connectChecks: Object.fromEntries(
    Object.entries(targetKinds).flatMap(([kind, { connectCheck }]) => (connectCheck ? [[kind, connectCheck]] : [])),
  ),
  targetKinds: Object.fromEntries(Object.entries(targetKinds).map(([kind, { settings }]) => [kind, settings])),
  module: dmsExportModule,
});
