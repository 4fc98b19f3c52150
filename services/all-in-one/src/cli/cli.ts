import { Command } from 'commander';
import { explain } from '../serve.ts';
import { version } from '../version.ts';
import { addDeliveryCommands } from './deliveries.ts';
import { addDemoCommand } from './demo.ts';
import { addDirectoryCommands } from './directory.ts';
import { addDoctorCommand } from './doctor.ts';
import { addKeyCommands } from './keys.ts';
import { addStartCommand } from './start.ts';
import { addStatusCommands } from './status.ts';
import { addTrailCommands } from './trail.ts';
import { addVaultCommands } from './vault.ts';

const program = new Command('ozg-hub')
  .description('Carries online applications from civento into the back office of municipalities.')
  .version(version)
  .showHelpAfterError();

for (const add of [
  addStartCommand,
  addDemoCommand,
  addStatusCommands,
  addDeliveryCommands,
  addDoctorCommand,
  addDirectoryCommands,
  addKeyCommands,
  addTrailCommands,
  addVaultCommands,
]) {
  add(program);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
