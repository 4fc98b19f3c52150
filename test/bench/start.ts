import { newDataFolder, removeDataFolder, startHub } from './hub.ts';
import { cpuSeconds } from './processes.ts';
import { circumstances, median, table } from './report.ts';

const STARTS = 5;

/** From the start of the process until /health/ready answers 200. Returns the lines of the report. */
export async function benchStart(command: string): Promise<string[]> {
  const lines = circumstances(command);
  const folder = await newDataFolder('start');
  try {
    const first = await start(folder);
    const again = [];
    for (let n = 0; n < STARTS; n += 1) again.push(await start(folder));
    const [seconds, cpu] = [again.map((one) => one.seconds), again.map((one) => one.cpu)];
    const row = (name: string, values: readonly number[]) => [name, ...values.map((value) => value.toFixed(2))];
    return [
      ...lines,
      '',
      ...table(
        ['start to ready', 'seconds', 'CPU seconds of the hub'],
        [
          row('new data directory, with initdb', [first.seconds, first.cpu]),
          row(`initialised, median of ${STARTS}`, [median(seconds), median(cpu)]),
          row('initialised, slowest', [Math.max(...seconds), Math.max(...cpu)]),
        ],
      ),
    ];
  } finally {
    await removeDataFolder(folder);
  }
}

async function start(folder: string): Promise<{ seconds: number; cpu: number }> {
  const hub = await startHub({ folder });
  const cpu = await cpuSeconds(hub.pid);
  await hub.stop();
  return { seconds: hub.readyMs / 1000, cpu };
}
