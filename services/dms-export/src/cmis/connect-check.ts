import { type CmisConnection, type TypeDefinition, type TypeKind, connectCmis } from '@ozg-hub/cmis';
import { isHubError } from '@ozg-hub/core';
import {
  type CmisRules,
  type ConnectCheck,
  type Finding,
  type OfferAtTarget,
  type TargetInUse,
  cmisRulesOf,
} from '@ozg-hub/directory';
import { connectionOptions } from './cmis-connections.ts';
import type { CmisSettings } from './cmis-settings.ts';
import { type RuleProblem, type UsedType, propertyProblems, typeProblems } from './rules-check.ts';

/** The hub's id of a document: a UUID, a slash and a number. */
const LONGEST_HUB_ID = 41;

/** Asks the repository for its types and compares them with settings and filing rules. Changes nothing there. */
export const cmisConnectCheck: ConnectCheck = async (use) => {
  const settings = use.target.settings as unknown as CmisSettings;
  const connection = connectCmis(connectionOptions(settings, async () => settings));
  try {
    return await new RepositoryCheck(use, settings, connection).findings();
  } finally {
    connection.close();
  }
};

class RepositoryCheck {
  constructor(
    private readonly use: TargetInUse,
    private readonly settings: CmisSettings,
    private readonly connection: CmisConnection,
  ) {}

  async findings(): Promise<Finding[]> {
    let manageAccess: boolean;
    try {
      const { capabilities } = await this.connection.repository();
      manageAccess = (capabilities['capabilityACL'] ?? 'manage') === 'manage';
    } catch (error) {
      if (!isHubError(error)) throw error;
      const place = PLACES[error.code] ?? 'url';
      const problem = { message: `${error.message} (${error.code})`, fix: error.definition.action };
      return [this.use.finding(['settings', place], problem)];
    }
    const all = [await this.#root(), await this.#hubId()];
    for (const offer of this.use.offers) all.push(await this.#rules(offer, manageAccess));
    return all.flat();
  }

  async #root(): Promise<Finding[]> {
    const { rootFolder } = this.settings;
    try {
      const { baseType } = await this.connection.objectByPath(rootFolder);
      if (baseType === 'cmis:folder') return [];
    } catch (error) {
      if (!isHubError(error)) throw error;
      if (!NOT_THERE.includes(error.code))
        return [this.use.finding(['settings', 'rootFolder'], { message: error.message })];
    }
    const fix = 'create it in the DMS, or name another; the technical user has to see it';
    return [this.use.finding(['settings', 'rootFolder'], { message: 'the repository has no such folder', fix })];
  }

  /** A property of a secondary type; those of the types themselves are looked at with the rules. */
  async #hubId(): Promise<Finding[]> {
    const { hubId } = this.settings;
    if (!hubId) {
      const message =
        "no property for the hub's ids: after a lost answer a folder of the same name is a question for a person";
      const fix = 'name one in hubId';
      return [this.use.finding(['settings'], { severity: 'warning', message, fix })];
    }
    if (hubId.secondaryType === undefined) return [];
    const type = await this.#type(hubId.secondaryType, 'secondary');
    const at = (key: string, message: string) => this.use.finding(['settings', 'hubId', key], { message });
    if (typeof type === 'string') return [at('secondaryType', type)];
    return this.#hubIdProblems(type).map((message) => at('property', message));
  }

  #hubIdProblems({ id, properties }: TypeDefinition): string[] {
    const property = properties[this.settings.hubId!.property];
    if (!property) return [`${id} has no property ${this.settings.hubId!.property}`];
    const { type, isMulti, updatability, maxLength } = property;
    return [
      type === 'string' || type === 'id' ? '' : `${property.id} is of type ${type}, not text`,
      isMulti ? `${property.id} takes several values` : '',
      updatability === 'readonly' || updatability === 'whencheckedout' ? `${property.id} cannot be written` : '',
      (maxLength ?? Infinity) < LONGEST_HUB_ID
        ? `${property.id} takes ${maxLength} characters, the hub's ids have ${LONGEST_HUB_ID}`
        : '',
    ].filter((problem) => problem !== '');
  }

  async #rules(offer: OfferAtTarget, manageAccess: boolean): Promise<Finding[]> {
    const rules = cmisRulesOf(offer.blueprint.ablage!);
    const problems: RuleProblem[] = [];
    for (const [index, typeId] of rules.pathTypes.entries()) {
      problems.push(...(await this.#plainFolder(typeId, ['pathTypes', index])));
    }
    problems.push(...(await this.#object(rules.vorgang, 'folder', 'vorgang')));
    for (const [key, typeId] of documentTypes(rules)) {
      const of = { ...rules.documents, type: typeId, at: key };
      problems.push(...(await this.#object(of, 'document', 'documents')));
    }
    const restricted =
      rules.vorgang.access.length > 0 ? 'vorgang' : rules.documents.access.length > 0 ? 'documents' : '';
    if (restricted && !manageAccess) {
      problems.push({ path: [restricted, 'access'], message: 'the repository does not let permissions be changed' });
    }
    return unique(problems).map(({ path, ...problem }) => offer.finding(['ablage', 'cmis', ...path], problem));
  }

  async #plainFolder(typeId: string, path: readonly PropertyKey[]): Promise<RuleProblem[]> {
    const type = await this.#type(typeId, 'folder');
    if (typeof type === 'string') return [{ path, message: type }];
    const used = { type, secondaryTypes: [], given: [] };
    const own = typeProblems(used, 'folder').map((problem) => ({ path, message: `${typeId} ${problem}` }));
    return [...own, ...propertyProblems({}, used).map((problem) => ({ ...problem, path }))];
  }

  async #object(
    rules: Pick<CmisRules['vorgang'], 'type' | 'properties' | 'secondaryTypes' | 'access'> &
      Partial<Pick<CmisRules['documents'], 'versioningState'>> & { readonly at?: readonly PropertyKey[] },
    kind: 'folder' | 'document',
    key: 'vorgang' | 'documents',
  ): Promise<RuleProblem[]> {
    const path = rules.at ?? [key, 'type'];
    const type = await this.#type(rules.type, kind);
    if (typeof type === 'string') return [{ path, message: type }];
    const { hubId, aktenzeichenProperty } = this.settings;
    const problems: RuleProblem[] = [];
    const secondaryTypes: TypeDefinition[] = [];
    for (const [index, id] of [
      ...rules.secondaryTypes,
      ...(hubId?.secondaryType ? [hubId.secondaryType] : []),
    ].entries()) {
      const secondary = await this.#type(id, 'secondary');
      if (typeof secondary !== 'string') secondaryTypes.push(secondary);
      else if (index < rules.secondaryTypes.length)
        problems.push({ path: [key, 'secondaryTypes', index], message: secondary });
    }
    const used: UsedType = { type, secondaryTypes, given: hubId ? [hubId.property] : [] };
    problems.push(...typeProblems(used, kind, rules).map((problem) => ({ path, message: `${rules.type} ${problem}` })));
    problems.push(...propertyProblems(rules.properties, used).map((one) => ({ ...one, path: [key, ...one.path] })));
    if (hubId && hubId.secondaryType === undefined) {
      problems.push(
        ...this.#hubIdProblems(type).map((message) => ({
          path,
          message: `${message}, which hubId of the target wants`,
        })),
      );
    }
    if (kind === 'folder') problems.push(...withoutAktenzeichen(used, aktenzeichenProperty, path));
    return problems;
  }

  /** The definition, or what keeps it from being known. */
  async #type(typeId: string, kind: TypeKind): Promise<TypeDefinition | string> {
    try {
      const type = await this.connection.typeDefinition(typeId, kind);
      if (kind === 'secondary' && type.baseType !== 'cmis:secondary') return `${typeId} is no secondary type`;
      return type;
    } catch (error) {
      if (!isHubError(error)) throw error;
      if (NOT_THERE.includes(error.code)) return `the repository has no type ${typeId}`;
      return `the type ${typeId} cannot be read: ${error.message}`;
    }
  }
}

/** Settings to look at by what the connection failed with; otherwise the address. */
const PLACES: Readonly<Record<string, string>> = {
  HUB_CMIS_UNAUTHENTICATED: 'authentication',
  HUB_CMIS_PERMISSION_DENIED: 'authentication',
  HUB_CMIS_REPOSITORY_UNKNOWN: 'repositoryId',
  HUB_CMIS_TLS: 'tls',
};

const NOT_THERE: readonly string[] = ['HUB_CMIS_OBJECT_NOT_FOUND', 'HUB_CMIS_INVALID_ARGUMENT'];

/** Every type that a document may get, with its place. */
function documentTypes({ documents, container }: CmisRules): (readonly [readonly PropertyKey[], string])[] {
  const plain = [['documents', 'type'], documents.type] as const;
  if (container) return [container.type === undefined ? plain : [['container', 'type'], container.type]];
  const byRole = Object.entries(documents.types).map(([role, type]) => [['documents', 'types', role], type] as const);
  return [plain, ...byRole];
}

function withoutAktenzeichen(
  { type, secondaryTypes }: UsedType,
  property: string | undefined,
  path: readonly PropertyKey[],
): RuleProblem[] {
  if (property === undefined) return [];
  if ([type, ...secondaryTypes].some(({ properties }) => Object.hasOwn(properties, property))) return [];
  const message = `${type.id} has no property ${property}: there will be no Aktenzeichen`;
  return [{ severity: 'warning', path, message, fix: 'correct aktenzeichenProperty of the target or the type' }];
}

function unique(problems: readonly RuleProblem[]): RuleProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
