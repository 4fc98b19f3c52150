import { z } from 'zod';
import { defineEvent } from './contract.ts';

/** A delivery changed its state. How others see progress; `sequence` orders the changes of one delivery. */
export const deliveryChanged = defineEvent({
  type: 'delivery.changed',
  version: 1,
  description: 'A delivery of a submission to a target changed its state.',
  retentionDays: 14,
  partitions: 8,
  aggregateId: (data) => data.deliveryId,
  example: {
    deliveryId: '01910000-0000-7000-8000-000000000001',
    submissionId: '01910000-0000-7000-8000-000000000002',
    tenant: 'musterstadt',
    service: 'dms-export',
    purpose: 'dms',
    target: 'eakte',
    state: 'CONFIRMED',
    sequence: 4,
    at: '2026-08-21T10:15:30+02:00',
    aktenzeichen: '22.14.03-0001/2026',
  },
  data: z.object({
    deliveryId: z.uuid(),
    submissionId: z.uuid(),
    tenant: z.string(),
    service: z.string().describe('the service that sends, e.g. dms-export'),
    purpose: z.string().describe('what is delivered, e.g. dms'),
    target: z.string(),
    state: z.string().describe('open list of delivery states'),
    sequence: z.number().int().nonnegative(),
    at: z.iso.datetime({ offset: true }),
    dueAt: z.iso.datetime({ offset: true }).optional(),
    code: z.string().optional().describe('error code of the hub or of the target'),
    fingerprint: z.string().optional(),
    aktenzeichen: z.string().optional(),
  }),
});
