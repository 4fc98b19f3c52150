export { type ApplicationFile, type ApplicationRequest, applicationRequest } from './application-request.ts';
export { type ApplicationSpec, buildApplication } from './application-xml.ts';
export { Browser, type Form, type Page, formOf } from './browser.ts';
export { FakeBundId } from './fake-bundid.ts';
export { fakeBundIdNames, fakeBundIdPersons } from './fake-bundid-persons.ts';
export { type LedgerLine, type LedgerObject, type RefuseRule } from './fake-dms-ledger.ts';
export { type FakeCmisLedgerLine, type FakeContent, type FakeObject } from './fake-cmis-model.ts';
export { FakeCmis, type FakeCmisFault, type FakeCmisOptions } from './fake-cmis.ts';
export { FakeDms, type FakeDmsOptions } from './fake-dms.ts';
export {
  type FakeCharge,
  FakeEpay21Books,
  type FakeEpay21Line,
  type FakePayment,
  type FakePaymentStatus,
} from './fake-epay21-books.ts';
export { type FakeEpay21Fault } from './fake-epay21-faults.ts';
export { type Epay21Operation, type FakePayee } from './fake-epay21-reply.ts';
export { FakeEpay21, type FakeEpay21Call, type FakeEpay21Options, startFakeEpay21 } from './fake-epay21.ts';
export {
  type FakeFinanceFilesOptions,
  type FakeFinanceProfile,
  type FakeFinanceReply,
  FakeFinanceFiles,
  bookingAnswers,
} from './fake-finance-files.ts';
export { type FakeFinanceHttpOptions, FakeFinanceHttp } from './fake-finance-http.ts';
export {
  CLEARING_ACCOUNT,
  type FinanceEntry,
  type FinanceEvent,
  type FinanceLine,
  type FinanceRules,
} from './fake-finance-ledger.ts';
export { type FakeFinanceOptions, type FinanceAnswer, FakeFinance } from './fake-finance.ts';
export { FakeHttpInbox } from './fake-http-inbox.ts';
export { FakeIdp, type FakeIdpFault, type FakeIdpLogin, type FakeIdpOptions, fakeIdpFaults } from './fake-idp.ts';
export { type CertifiedKey, type CertifiedKeyOptions, certifiedKey } from './fake-idp-key.ts';
export { type PageForm, formsOf } from './fake-idp-page.ts';
export { FakeMuk, fakeMukAccounts } from './fake-muk.ts';
export { FakeSftp, type FakeSftpOptions } from './fake-sftp.ts';
export { type SftpFaults } from './fake-sftp-files.ts';
export { FakeWebDav } from './fake-web-dav.ts';
export { type FakeWebServerOptions, type WebFaults } from './fake-web-server.ts';
export { largePlan } from './large-plan.ts';
export { type MultipartBody, type MultipartPart, multipartBody } from './multipart.ts';
export { type Requirement, canRun } from './requirement.ts';
export { sampleJpeg, samplePng } from './sample-image.ts';
export { samplePdf, samplePdfA } from './sample-pdf.ts';
export { type SampleTls, sampleTls } from './sample-tls.ts';
export { type TestDatabase, testDatabase } from './test-database.ts';
