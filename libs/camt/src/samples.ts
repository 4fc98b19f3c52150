/** For tests and benches: entry `@ozg-hub/camt/samples`. */
export {
  type SampleEntry,
  type SampleStatement,
  type SampleTransaction,
  sampleCamt053,
  sampleEntry,
} from './sample.ts';
export { sampleNotification } from './sample-notification.ts';
