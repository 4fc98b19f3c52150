import { z } from 'zod';
import { defineEvent } from './contract.ts';

/** Somebody signed in for an application: how strongly and by whom, never who. */
export const identityVerified = defineEvent({
  type: 'identity.verified',
  version: 1,
  description:
    'An applicant signed in for one application, and the online service got a proof of it. Says how, never who: attributes and reply address are in the proof.',
  retentionDays: 30,
  partitions: 8,
  aggregateId: (data) => data.loginId,
  example: {
    loginId: '01910000-0000-7000-8000-000000000031',
    tenant: 'musterstadt',
    leistung: '99999005012000',
    application: 'CIV-2026-000123',
    client: 'formularserver',
    provider: 'bundid',
    applicant: 'citizen',
    vertrauensniveau: 'hoch',
    proofId: '01910000-0000-7000-8000-000000000032',
    at: '2026-08-21T10:15:31+02:00',
  },
  data: z.object({
    loginId: z.uuid(),
    tenant: z.string(),
    leistung: z.string(),
    application: z.string().describe("the sender's own reference of the application"),
    client: z.string().describe('online service that asked'),
    provider: z.string().describe('identity provider of the directory, e.g. bundid, muk'),
    applicant: z.string().describe('open list: citizen, company'),
    vertrauensniveau: z.enum(['basis', 'substanziell', 'hoch']),
    proofId: z.uuid().describe('jti of the identity proof'),
    at: z.iso.datetime({ offset: true }),
  }),
});
