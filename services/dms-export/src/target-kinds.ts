import type { TargetAdapter } from '@ozg-hub/delivery';
import type { ServiceContext } from '@ozg-hub/runtime';
import type { z } from 'zod';
import { XdomeaDirectoryAdapter } from './xdomea-directory.adapter.ts';
import { xdomeaDirectorySettings } from './xdomea-directory-settings.ts';

/** A kind of target as a municipality's YAML names it. */
export interface TargetKind {
  readonly settings: z.ZodType;
  readonly adapter: (context: ServiceContext) => TargetAdapter;
}

/** The table of adapters: another kind of DMS is one line here. */
export const targetKinds: Readonly<Record<string, TargetKind>> = {
  'xdomea-directory': { settings: xdomeaDirectorySettings, adapter: (context) => new XdomeaDirectoryAdapter(context) },
};
