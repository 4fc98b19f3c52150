export { intakeErrors } from './errors.ts';
export { civentoIntake } from './service.ts';
