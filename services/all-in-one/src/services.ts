import { civentoIntake } from '@ozg-hub/civento-intake';
import { dmsExport } from '@ozg-hub/dms-export';
import type { ServiceDefinition } from '@ozg-hub/runtime';

/** Every service of the hub. A new one is one line here. */
export const services = [civentoIntake, dmsExport] as unknown as readonly ServiceDefinition[];
