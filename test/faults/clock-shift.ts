/**
 * Preloaded (`node --import`) into processes whose clock is put forward or back: `Date` follows the offset in the file
 * that `FAULT_CLOCK` names, as it would after a step of the system's clock. Timers do not: they are monotonic.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env['FAULT_CLOCK']!;
const RealDate = Date;
let offset = 0;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: [], newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [RealDate.now() + offset], newTarget) as object,
  get: (target, name, receiver) =>
    name === 'now' ? () => RealDate.now() + offset : (Reflect.get(target, name, receiver) as unknown),
});

setInterval(() => {
  const said = Number(readFileSync(file, 'utf8')) || 0;
  if (said === offset) return;
  offset = said;
  writeFileSync(`${file}.${process.pid}`, String(offset));
}, 100).unref();
