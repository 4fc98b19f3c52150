import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Command } from 'commander';

/** Every command of every file beside this one. */
async function commands(): Promise<Command[]> {
  const program = new Command('ozg-hub');
  for (const file of readdirSync(new URL('.', import.meta.url))) {
    if (!file.endsWith('.ts') || file.includes('.test.') || file === 'cli.ts') continue;
    const exported = (await import(new URL(file, import.meta.url).href)) as Record<string, unknown>;
    for (const [name, add] of Object.entries(exported)) {
      if (/^add\w+Commands?$/.test(name)) (add as (program: Command) => void)(program);
    }
  }
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  return program.commands.flatMap(all);
}

const nameOf = (command: Command): string =>
  command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();

describe('every command', () => {
  test('says what it does, and knows --json', async () => {
    const found = await commands();
    expect(found.map(nameOf)).toEqual(
      expect.arrayContaining([
        'start',
        'demo',
        'status',
        'deliveries',
        'replay',
        'replays list',
        'replays show',
        'replays pause',
        'replays resume',
        'replays cancel',
        'cases show',
        'cases entry',
        'cases close',
        'cases handover',
        'cases link',
        'send-again',
        'cancel',
        'settle',
        'targets',
        'targets pause',
        'targets resume',
        'doctor',
        'directory check',
        'directory reload',
        'keys create',
        'keys list',
        'keys revoke',
        'messages republish',
        'messages parked list',
        'messages parked show',
        'messages parked retry',
        'trail verify',
        'vault rotate',
        'erase',
      ]),
    );
    for (const command of found) {
      const help = command.helpInformation();
      expect([nameOf(command), command.description().length > 10]).toEqual([nameOf(command), true]);
      const isGroup = command.commands.length > 0 && command.options.length === 0;
      if (!isGroup) expect([nameOf(command), help.includes('--json')]).toEqual([nameOf(command), true]);
      for (const option of command.options)
        expect([option.flags, option.description.length > 3]).toEqual([option.flags, true]);
    }
  });
});
