export { loginErrors } from './errors.ts';
export { identity } from './service.ts';
