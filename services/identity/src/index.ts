export { loginErrors } from './errors.ts';
export type { CertificateReport } from './keys/certificate-watch.ts';
export { identity } from './service.ts';
