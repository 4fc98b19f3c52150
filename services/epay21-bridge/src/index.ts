export { epay21Bridge } from './service.ts';
