export { type ApplicationFile, type ApplicationRequest, applicationRequest } from './application-request.ts';
export { type ApplicationSpec, buildApplication } from './application-xml.ts';
export { FakeDms, type FakeDmsOptions, type LedgerLine, type RefuseRule } from './fake-dms.ts';
export { largePlan } from './large-plan.ts';
export { type MultipartBody, type MultipartPart, multipartBody } from './multipart.ts';
export { type Requirement, canRun } from './requirement.ts';
export { sampleJpeg, samplePng } from './sample-image.ts';
export { samplePdf, samplePdfA } from './sample-pdf.ts';
export { type TestDatabase, testDatabase } from './test-database.ts';
