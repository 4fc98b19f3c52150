export type { Anlage, Application, ApplicationIdentity, ApplicationPayment } from './application.ts';
export { type ApplicationJob, applicationExtraction } from './application-extraction.ts';
export { type HashedPart, contentHash } from './content-hash.ts';
export { civentoErrors } from './errors.ts';
export { type MappingProfile, type Rule, mappingProfile } from './profile.ts';
export { toApplication } from './to-application.ts';
export { type EnvelopeContext, toEnvelope } from './to-envelope.ts';
