import { civentoIntake } from '@ozg-hub/civento-intake';
import { dmsExport } from '@ozg-hub/dms-export';
import { epay21Bridge } from '@ozg-hub/epay21-bridge';
import { identity } from '@ozg-hub/identity-service';
import type { ServiceDefinition } from '@ozg-hub/runtime';

/** Every service of the hub. A new one is one line here. */
export const services = [civentoIntake, dmsExport, epay21Bridge, identity] as unknown as readonly ServiceDefinition[];
