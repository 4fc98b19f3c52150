/** For tests of whole programs: entry `@ozg-hub/xdomea/samples`. */
export { sampleSgoAblegen } from './sample.ts';
export { type SampleZipEntry, sampleZip, writeSparseZip } from './sample-zip.ts';
