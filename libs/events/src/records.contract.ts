import { z } from 'zod';
import { defineEvent } from './contract.ts';

const filing = {
  deliveryId: z.uuid(),
  submissionId: z.uuid(),
  tenant: z.string(),
  target: z.string(),
  vorgang: z.string().optional(),
  prozessId: z.string().optional().describe('ProzessID of the xdomea exchange'),
  at: z.iso.datetime({ offset: true }),
};

const exampleOfFiling = {
  deliveryId: '01910000-0000-7000-8000-000000000001',
  submissionId: '01910000-0000-7000-8000-000000000002',
  tenant: 'musterstadt',
  target: 'eakte',
  vorgang: 'MUS-2026-000483',
  prozessId: '01910000-0000-7000-8000-000000000005',
  at: '2026-08-21T10:15:30+02:00',
};

/** The DMS holds the record. */
export const recordsFiled = defineEvent({
  type: 'records.filed',
  version: 1,
  description: 'The DMS confirmed that it filed the application.',
  retentionDays: 14,
  partitions: 8,
  aggregateId: (data) => data.submissionId,
  example: { ...exampleOfFiling, aktenzeichen: '22.14.03-0001/2026', objectId: '01910000-0000-4000-8000-000000000006' },
  data: z.object({
    ...filing,
    aktenzeichen: z.string().optional(),
    objectId: z.string().optional().describe("the DMS's own id of the Vorgang (IDSGO)"),
  }),
});

/** The DMS refused the record. */
export const recordsRejected = defineEvent({
  type: 'records.rejected',
  version: 1,
  description: 'The DMS refused to file the application.',
  retentionDays: 14,
  partitions: 8,
  aggregateId: (data) => data.submissionId,
  example: { ...exampleOfFiling, code: '0605005', reason: 'xdomea:spezifischeFehlermeldung0605:0605005' },
  data: z.object({
    ...filing,
    code: z.string().describe('code of the xdomea code list, or of the DMS'),
    reason: z.string().optional().describe('text of the code list'),
  }),
});
