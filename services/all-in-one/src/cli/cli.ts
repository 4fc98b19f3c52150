import { Command, CommanderError } from 'commander';
import { explain } from '@ozg-hub/runtime/settings';
import { version } from '../version.ts';
import { addCaseCommands } from './cases.ts';
import { addDeliveryCommands } from './deliveries.ts';
import { addDemoCommand } from './demo.ts';
import { addDirectoryCommands } from './directory.ts';
import { addDoctorCommand } from './doctor.ts';
import { addIdentityCommands } from './identity.ts';
import { addKeyCommands } from './keys.ts';
import { addMessageCommands } from './messages.ts';
import { addMigrateCommand } from './migrate.ts';
import { addPaymentCommands } from './payments.ts';
import { addRepairCommands } from './repair.ts';
import { addReplayCommands } from './replays.ts';
import { addSchemaCommands } from './schemas.ts';
import { addStartCommand } from './start.ts';
import { addStatusCommands } from './status.ts';
import { addTargetCommands } from './targets.ts';
import { addTopicCommands } from './topics.ts';
import { addTrailCommands } from './trail.ts';
import { addVaultCommands } from './vault.ts';
import { addXdomeaCommands } from './xdomea.ts';

/** Exit code of a command that was called wrongly; 1 is "something needs a person" or "it failed". */
const WRONG_USAGE = 2;

const program = new Command('ozg-hub')
  .description('Carries online applications from civento into the back office of municipalities.')
  .version(version)
  .showHelpAfterError('(--help shows how it is called)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Commands speak to the hub that runs on HUB_DATA_DIR, or at HUB_URL with HUB_API_KEY. Those that only read also work
while no hub runs. Exit code: 0 done, 1 something needs a person or failed, 2 called wrongly.`,
  );

for (const add of [
  addStartCommand,
  addDemoCommand,
  addStatusCommands,
  addDeliveryCommands,
  addReplayCommands,
  addCaseCommands,
  addRepairCommands,
  addTargetCommands,
  addPaymentCommands,
  addDoctorCommand,
  addDirectoryCommands,
  addIdentityCommands,
  addKeyCommands,
  addMessageCommands,
  addMigrateCommand,
  addTopicCommands,
  addTrailCommands,
  addVaultCommands,
  addSchemaCommands,
  addXdomeaCommands,
]) {
  add(program);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
  else {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}
