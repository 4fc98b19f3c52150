import { contractSuites, declaredDependencies, floors, publicEntries, tags } from './floors.ts';
import { mutableState } from './mutable-state.ts';
import { fileNames, folderNames, topFolders, typeNames } from './names.ts';
import { environment, hostProcess, vendors } from './owners.ts';
import { machinePaths, privateKeys, registryHosts } from './places.ts';
import { schemas } from './schemas.ts';
import { fileLengths, namedExports, threeHops } from './shape.ts';
import type { Rule } from './tree.ts';

/** Every rule by the name of the fixture that breaks it; none can be switched off. */
export const rules: Readonly<Record<string, Rule>> = {
  tags,
  floors,
  'declared-dependencies': declaredDependencies,
  'public-entries': publicEntries,
  'contract-suites': contractSuites,
  vendors,
  environment,
  'host-process': hostProcess,
  'top-folders': topFolders,
  'file-names': fileNames,
  'folder-names': folderNames,
  'type-names': typeNames,
  'mutable-state': mutableState,
  'named-exports': namedExports,
  'file-lengths': fileLengths,
  'three-hops': threeHops,
  schemas,
  'machine-paths': machinePaths,
  'registry-hosts': registryHosts,
  'private-keys': privateKeys,
};
