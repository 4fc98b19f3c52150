export type { DemoApplication } from './demo/application.ts';
export { demoApplications } from './demo/applications.ts';
export { type Dms, type Repository, demoDms, demoRepositories } from './demo/dms-processes.ts';
export { FakeProcesses } from './demo/fake-processes.ts';
export { type LoginProviders, startLoginProviders } from './demo/login-providers.ts';
export { type Account, type LoginPurpose, OnlineService } from './demo/online-service.ts';
export { services } from './services.ts';
export { type OtherCase, otherCases } from './demo/other-cases.ts';
