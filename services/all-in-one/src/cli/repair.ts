import type { Command } from 'commander';
import { askHub } from './run-command.ts';
import { askOwner } from './senders.ts';

interface Delivery {
  readonly id: string;
  readonly state: string;
}

interface RepairOptions {
  readonly reason: string;
  readonly aktenzeichen?: string;
  readonly objectId?: string;
  readonly json?: boolean;
}

/** What a person decides about one delivery; each needs a reason, which the trail keeps. */
export function addRepairCommands(program: Command): void {
  repair(program, 'send-again', 'Sends once more what took effect, as a new delivery in place of this one.', {
    text: (id, { id: anew }) => `${id} is superseded by ${anew}.`,
  });
  repair(program, 'cancel', 'Sends nothing more of a delivery.', { text: (id) => `${id} is cancelled.` });
  repair(program, 'settle', 'A person vouches that the target has it: nothing more is sent.', {
    text: (id, { state }) => `${id} is ${state}.`,
  })
    .option('--aktenzeichen <text>', 'as the target gave it')
    .option('--object-id <id>', "the target's own id of the record");
}

function repair(
  program: Command,
  name: string,
  description: string,
  { text }: { text: (id: string, answer: Delivery) => string },
): Command {
  return program
    .command(`${name} <delivery>`)
    .description(description)
    .requiredOption('--reason <text>', 'why; kept for ever: no personal data')
    .option('--json', 'print JSON')
    .action((id: string, { json, ...given }: RepairOptions) =>
      askHub(
        'changes',
        { ...(json ? { json } : {}) },
        (hub) => askOwner<Delivery>(hub, 'POST', `/deliveries/${encodeURIComponent(id)}/${name}`, given),
        { text: (answer) => text(id, answer) },
      ),
    );
}
