import { type Finding, type Tree, type TreeFile, finding, packageOf } from './tree.ts';

const TOP_FOLDERS = new Set(['services', 'libs', 'schemas', 'deploy', 'test', '.ci']);
const ROLES = ['module', 'handler', 'controller', 'port', 'adapter', 'mapper', 'repository', 'contract', 'worker'];
const WORDS = '[a-z0-9]+(?:-[a-z0-9]+)*';
const FILE_NAME = new RegExp(`^${WORDS}(?:\\.(?:${ROLES.join('|')}))?(?:\\.test)?\\.ts$`);
const SQL_NAME = new RegExp(`^\\d{4}-${WORDS}\\.sql$`);
const FOLDER_NAME = new RegExp(`^${WORDS}$`);

/** Names that say nothing of the domain; also as the last word: `date-utils`. */
const DRAWERS =
  /^(?:.*-)?(?:utils?|helpers?|common|shared|misc|constants?|types|interfaces?|dtos?|impl|base|stuff|tools|lib)$/;
const LAYERS = /^(?:domain|application|infrastructure|presentation|interfaces|controllers|handlers|services|dtos?)$/;

/** No top-level folder that the architecture does not name. */
export function topFolders(tree: Tree): Finding[] {
  const folders = new Set(tree.files.filter(({ path }) => path.includes('/')).map(({ path }) => path.split('/')[0]!));
  return [...folders].filter((folder) => !TOP_FOLDERS.has(folder)).map((folder) => `${folder}:1 no such top folder`);
}

/** TypeScript files are kebab-case nouns or verb-nouns, with at most one role of the closed list; migrations are numbered. */
export function fileNames(tree: Tree): Finding[] {
  return tree.files.flatMap((file) => {
    const parts = partsInPackage(tree, file);
    if (!parts) return [];
    if (file.path.endsWith('.sql') && !SQL_NAME.test(file.name)) return [finding(file, 1, 'is not 0001-name.sql')];
    if (!file.isTypeScript || parts[0] !== 'src') return [];
    if (!FILE_NAME.test(file.name)) return [finding(file, 1, 'is no kebab-case name with a role of the closed list')];
    const noun = file.name.split('.')[0]!;
    return DRAWERS.test(noun) ? [finding(file, 1, `is named ${noun}, which says nothing of the domain`)] : [];
  });
}

/** Folders are kebab-case nouns: no drawers, no layers. */
export function folderNames(tree: Tree): Finding[] {
  const folders = new Set(
    tree.files.flatMap((file) => {
      const parts = partsInPackage(tree, file)?.slice(0, -1) ?? [];
      const owner = file.path.split('/').slice(0, 2);
      return parts.map((_, at) => [...owner, ...parts.slice(0, at + 1)].join('/'));
    }),
  );
  return [...folders].flatMap((folder) => {
    const name = folder.split('/').at(-1)!;
    if (FOLDER_NAME.test(name) && !DRAWERS.test(name) && !LAYERS.test(name)) return [];
    return [`${folder}:1 is no folder of the domain`];
  });
}

/** No `I` before the name of an interface, a type or a class. */
export function typeNames(tree: Tree): Finding[] {
  return tree.files
    .filter((file) => file.isTypeScript && /\bI[A-Z][a-z]/.test(file.text))
    .flatMap((file) =>
      file
        .find('TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'ClassDeclaration')
        .filter(({ id }) => id && /^I[A-Z][a-z]/.test(id.name))
        .map((node) => finding(file, node, `${node.id?.name} has an I prefix`)),
    );
}

function partsInPackage(tree: Tree, file: TreeFile): string[] | undefined {
  const owner = packageOf(tree, file);
  return owner && file.path.slice(owner.folder.length + 1).split('/');
}
