/**
 * Preloaded (`node --import`) into the hub that a fault run starts next: loads its modules while the hub before it still
 * runs, then waits for the word to go on. The hub itself is started by its own main afterwards, as anywhere.
 */
const ended = () => process.exit(0);
process.once('disconnect', ended);
await import(process.argv[2]!);
await new Promise<void>((go) => process.once('message', () => go()));
process.off('disconnect', ended);
process.disconnect?.();
