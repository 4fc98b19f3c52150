import Sequencer from '@jest/test-sequencer';

/** Tests that start servers or read whole packages; a fresh clone knows no durations, and goes by the size of files. */
const LONG =
  /test\/flow\/|cmis-connection|filing-crash|sftp-|web-transports|package-transport|host\.test|running-totals/;

/** A long test that starts last keeps one worker busy while the others wait. */
export default class LongTestsFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(({ path }) => LONG.test(path)), ...sorted.filter(({ path }) => !LONG.test(path))];
  }
}
