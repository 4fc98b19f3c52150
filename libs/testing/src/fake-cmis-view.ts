import type { FakeObject, FakeValue } from './fake-cmis-model.ts';
import type { FakeCmisStore } from './fake-cmis-store.ts';
import type { FakeProperty } from './fake-cmis-catalogue.ts';

/** One property of an object as it is given out. */
export interface FakeShown {
  readonly property: FakeProperty;
  readonly values: readonly FakeValue[];
}

/** All properties of an object, or those of the filter (`*` or a comma-separated list) beside its id. */
export function shownProperties(store: FakeCmisStore, object: FakeObject, filter = '*'): FakeShown[] {
  const wanted = filter === '*' || filter === '' ? undefined : new Set(filter.split(',').map((id) => id.trim()));
  const computed = computedValues(store, object);
  return [object.type, ...object.secondary]
    .flatMap(({ properties }) => properties)
    .filter(({ id }) => wanted === undefined || wanted.has(id) || id === 'cmis:objectId')
    .map((property) => ({ property, values: computed[property.id] ?? object.properties.get(property.id) ?? [] }));
}

function computedValues(store: FakeCmisStore, object: FakeObject): Record<string, readonly FakeValue[]> {
  const { id, type, parentId, secondary, series, content } = object;
  const isFolder = type.baseId === 'cmis:folder';
  const latest = series === undefined || series.versions.at(-1) === object;
  const major = series ? object.properties.get('cmis:isMajorVersion')?.[0] === true : true;
  return {
    'cmis:objectId': [id],
    'cmis:baseTypeId': [type.baseId],
    'cmis:objectTypeId': [type.id],
    'cmis:secondaryObjectTypeIds': secondary.map((one) => one.id),
    'cmis:parentId': parentId === undefined ? [] : [parentId],
    'cmis:path': isFolder ? [store.pathOf(object)] : [],
    'cmis:isImmutable': [false],
    'cmis:isLatestVersion': [latest],
    'cmis:isMajorVersion': [major],
    'cmis:isLatestMajorVersion': [latest && major],
    'cmis:isPrivateWorkingCopy': [series?.workingCopy === object],
    'cmis:versionSeriesId': [series?.id ?? id],
    'cmis:isVersionSeriesCheckedOut': [series?.workingCopy !== undefined],
    'cmis:versionSeriesCheckedOutBy': series?.checkedOutBy === undefined ? [] : [series.checkedOutBy],
    'cmis:versionSeriesCheckedOutId': series?.workingCopy ? [series.workingCopy.id] : [],
    'cmis:contentStreamLength': content ? [content.length] : [],
    'cmis:contentStreamMimeType': content ? [content.mediaType] : [],
    'cmis:contentStreamFileName': content ? [content.fileName] : [],
  };
}
