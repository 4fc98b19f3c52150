import { writeXml } from '@ozg-hub/xml';
import type { XmlElement } from '@ozg-hub/xml';
import { LEFT_OUT, PREFIX } from './elements.ts';
import { xdomeaErrors } from './errors.ts';
import { type Alphabet, fits, isXmlText, transliterate } from './transliteration.ts';
import type { XdomeaVersion } from './versions.ts';

/**
 * What becomes of characters that the version does not allow: control characters in all, in 2.4 also everything outside
 * String.Latin. `refuse`: HUB_XDOMEA_CHARACTER with every place. `transliterate`: what comes nearest, with notes.
 */
export type CharacterPolicy = 'refuse' | 'transliterate';

/** Where the message says less or otherwise than it was asked to. Never carries a value. */
export interface WriteNote {
  /**
   * `transliterated`: characters were replaced. `characters-lost`: for some of them nothing comes near, a question mark
   * stands there. `left-out`: the version has no such element.
   */
  readonly kind: 'transliterated' | 'characters-lost' | 'left-out';
  /** Element path with positions. */
  readonly path: string;
  readonly message: string;
}

export interface WriteOptions {
  /** Default 3.1.0. */
  readonly version?: string;
  /** Default `refuse`. */
  readonly characters?: CharacterPolicy;
}

/**
 * The document, every text looked at.
 * @throws HUB_XDOMEA_CHARACTER by policy, HUB_XDOMEA_EMPTY for required elements without a value; each names every place
 */
export function finishMessage(
  root: XmlElement,
  version: XdomeaVersion,
  policy: CharacterPolicy = 'refuse',
): { readonly xml: string; readonly notes: readonly WriteNote[] } {
  const finishing = new Finishing(version.generation === 2 ? 'string-latin' : 'xml', version.id, policy);
  const built = finishing.visit(root, `/${localName(root)}`) ?? root;
  finishing.assertComplete();
  const attributes = { [`xmlns:${PREFIX}`]: version.namespace, ...built.attributes };
  return { xml: writeXml({ ...built, attributes }), notes: finishing.notes };
}

const localName = ({ name }: XmlElement) => name.replace(`${PREFIX}:`, '');

const isLeftOut = (child: XmlElement | string | undefined) =>
  typeof child === 'object' && child.name.startsWith(LEFT_OUT);

class Finishing {
  readonly notes: WriteNote[] = [];
  readonly #refused: { path: string; message: string }[] = [];
  readonly #empty: string[] = [];

  constructor(
    private readonly alphabet: Alphabet,
    private readonly version: string,
    private readonly policy: CharacterPolicy,
  ) {}

  /** @returns undefined where everything in the element was left out */
  visit(node: XmlElement, path: string): XmlElement | undefined {
    for (const value of Object.values(node.attributes ?? {})) if (!isXmlText(value)) this.#refuse(path, 'xml');
    const positions = new Map<string, number>();
    const children = (node.children ?? []).flatMap((child): (XmlElement | string)[] => {
      if (child === undefined) return [];
      if (typeof child === 'string') return [this.#text(node, child, path)];
      if (isLeftOut(child)) {
        this.#leaveOut(`${path}/${localName({ name: child.name.slice(LEFT_OUT.length) })}`);
        return [];
      }
      const name = localName(child);
      const position = (positions.get(name) ?? 0) + 1;
      positions.set(name, position);
      const visited = this.visit(child, `${path}/${name}[${position}]`);
      return visited === undefined ? [] : [visited];
    });
    if (children.length === 0 && (node.children ?? []).some(isLeftOut)) return undefined;
    if (children.every((child) => typeof child === 'string' && child.trim() === '')) this.#empty.push(path);
    return { ...node, children };
  }

  assertComplete(): void {
    if (this.#refused.length > 0) throw xdomeaErrors.HUB_XDOMEA_CHARACTER({ places: this.#refused.slice(0, 50) });
    if (this.#empty.length === 0) return;
    throw xdomeaErrors.HUB_XDOMEA_EMPTY({
      places: this.#empty.slice(0, 50).map((path) => ({ path, message: 'is required and has no value' })),
    });
  }

  #text(node: XmlElement, text: string, path: string): string {
    // Codes are no free text, and a Dateiname is a file's: another one would not be found.
    const free = node.name.startsWith(`${PREFIX}:`) && localName(node) !== 'Dateiname';
    const alphabet = free ? this.alphabet : 'xml';
    if (fits(text, alphabet)) return alphabet === 'string-latin' ? text.normalize('NFC') : text;
    if (this.policy === 'refuse' || !free) {
      this.#refuse(path, isXmlText(text) ? 'string-latin' : 'xml');
      return text;
    }
    const { text: changed, replaced, lost, signs } = transliterate(text, alphabet);
    const which = signs.length === 0 ? '' : `, among them ${signs.join(' ')}`;
    const gone = lost === 0 ? '' : `; ${lost} of them became a question mark`;
    this.notes.push({
      kind: lost === 0 ? 'transliterated' : 'characters-lost',
      path,
      message: `${replaced} characters were replaced${which}${gone}`,
    });
    return changed;
  }

  #refuse(path: string, alphabet: Alphabet): void {
    const message =
      alphabet === 'xml'
        ? 'contains a character that XML forbids'
        : `contains a character that String.Latin of xdomea ${this.version} does not have`;
    this.#refused.push({ path, message });
  }

  #leaveOut(path: string): void {
    this.notes.push({ kind: 'left-out', path, message: `xdomea ${this.version} has no such element` });
  }
}
