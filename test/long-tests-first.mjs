import Sequencer from '@jest/test-sequencer';

/** Tests that start servers or read whole packages; a fresh clone knows no durations, and goes by the size of files. */
const LONG =
  /test\/flow\/|cmis-connection|filing-crash|sftp-|web-transports|package-transport|host\.test|running-totals/;

/** A long test that starts last keeps one worker busy while the others wait. */
// oxlint-disable-next-line import/no-default-export -- what jest wants
export default class LongTestsFirst extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of jest, which gives a list of its own
    const sorted = super.sort(tests);
    return [...sorted.filter(({ path }) => LONG.test(path)), ...sorted.filter(({ path }) => !LONG.test(path))];
  }
}
