import type { Link } from './atom-answers.ts';
import { cmisErrors } from './errors.ts';

const MAX_OBJECTS = 500;

/** Where an object's operations are, by id; the least recently used are forgotten. */
export class LinkCache {
  private readonly known = new Map<string, readonly Link[]>();

  get(objectId: string): readonly Link[] | undefined {
    const links = this.known.get(objectId);
    if (links) this.remember(objectId, links);
    return links;
  }

  remember(objectId: string, links: readonly Link[]): void {
    this.known.delete(objectId);
    this.known.set(objectId, links);
    if (this.known.size > MAX_OBJECTS) this.known.delete(this.known.keys().next().value!);
  }

  forget(objectId: string): void {
    this.known.delete(objectId);
  }
}

/** The address of a relation; of several, the first that is of the media type. */
export function linkTo(links: readonly Link[], rel: string, type = ''): string | undefined {
  return links.find((link) => link.rel === rel && link.type.replace(/\s/g, '').startsWith(type))?.href;
}

/** As {@link linkTo}. @throws HUB_CMIS_NOT_SUPPORTED where the repository offers no such operation for the object */
export function neededLink(links: readonly Link[], rel: string, type = ''): string {
  const href = linkTo(links, rel, type);
  if (href === undefined) throw cmisErrors.HUB_CMIS_NOT_SUPPORTED({ detail: `The repository offers no link ${rel}.` });
  return href;
}

/** A URI template of the service document (§3.7.1) with its variables; parameters left empty are dropped. */
export function expandTemplate(template: string, variables: Readonly<Record<string, string>>): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(variables[name] ?? ''));
  const [path = '', query = ''] = filled.split('?');
  const parameters = query.split('&').filter((parameter) => parameter !== '' && !parameter.endsWith('='));
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
}
