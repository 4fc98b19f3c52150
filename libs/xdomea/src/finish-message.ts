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
  const built = finishing.visit({ node: root }) ?? root;
  finishing.assertComplete();
  const attributes = { [`xmlns:${PREFIX}`]: version.namespace, ...built.attributes };
  return { xml: writeXml({ ...built, attributes }), notes: finishing.notes };
}

const localName = ({ name }: XmlElement) => (name.startsWith(QUALIFIED) ? name.slice(QUALIFIED.length) : name);
const QUALIFIED = `${PREFIX}:`;
const FILE_NAME = `${QUALIFIED}Dateiname`;

const isLeftOut = (child: XmlElement | string | undefined) =>
  typeof child === 'object' && child.name.startsWith(LEFT_OUT);

/** Where an element stands; its path is made only for what has to be told. */
interface Place {
  readonly node: XmlElement;
  readonly above?: Place;
}

function pathOf({ node, above }: Place): string {
  const name = localName(node);
  if (above === undefined) return `/${name}`;
  const siblings = above.node.children!.filter((child) => typeof child === 'object' && localName(child) === name);
  return `${pathOf(above)}/${name}[${siblings.indexOf(node) + 1}]`;
}

class Finishing {
  readonly notes: WriteNote[] = [];
  readonly #refused: { path: string; message: string }[] = [];
  readonly #empty: string[] = [];

  constructor(
    private readonly alphabet: Alphabet,
    private readonly version: string,
    private readonly policy: CharacterPolicy,
  ) {}

  /** @returns the element itself where nothing in it changed, undefined where everything in it was left out */
  visit(place: Place): XmlElement | undefined {
    const { node } = place;
    const { attributes, children = [] } = node;
    for (const name in attributes) if (!isXmlText(attributes[name]!)) this.#refuse(place, 'xml');
    /** From the first change on. */
    let changed: (XmlElement | string | undefined)[] | undefined;
    let leftOut = false;
    let filled = false;
    for (let index = 0; index < children.length; index += 1) {
      const child = children[index];
      let now = child;
      if (typeof child === 'string') {
        now = this.#text(place, child);
        filled ||= now.trim() !== '';
      } else if (child !== undefined && isLeftOut(child)) {
        now = undefined;
        leftOut = true;
        this.#leaveOut(`${pathOf(place)}/${localName({ name: child.name.slice(LEFT_OUT.length) })}`);
      } else if (child !== undefined) {
        now = this.visit({ node: child, above: place });
        filled ||= now !== undefined;
      }
      if (now !== child) changed ??= children.slice(0, index);
      changed?.push(now);
    }
    if (leftOut && changed!.every((child) => child === undefined)) return undefined;
    if (!filled) this.#empty.push(pathOf(place));
    return changed === undefined ? node : { ...node, children: changed };
  }

  assertComplete(): void {
    if (this.#refused.length > 0) throw xdomeaErrors.HUB_XDOMEA_CHARACTER({ places: this.#refused.slice(0, 50) });
    if (this.#empty.length === 0) return;
    throw xdomeaErrors.HUB_XDOMEA_EMPTY({
      places: this.#empty.slice(0, 50).map((path) => ({ path, message: 'is required and has no value' })),
    });
  }

  #text(place: Place, text: string): string {
    // Codes are no free text, and a Dateiname is a file's: another one would not be found.
    const { name } = place.node;
    const free = name.startsWith(QUALIFIED) && name !== FILE_NAME;
    const alphabet = free ? this.alphabet : 'xml';
    if (fits(text, alphabet)) return alphabet === 'string-latin' ? text.normalize('NFC') : text;
    if (this.policy === 'refuse' || !free) {
      this.#refuse(place, isXmlText(text) ? 'string-latin' : 'xml');
      return text;
    }
    const { text: changed, replaced, lost, signs } = transliterate(text, alphabet);
    const which = signs.length === 0 ? '' : `, among them ${signs.join(' ')}`;
    const gone = lost === 0 ? '' : `; ${lost} of them became a question mark`;
    this.notes.push({
      kind: lost === 0 ? 'transliterated' : 'characters-lost',
      path: pathOf(place),
      message: `${replaced} characters were replaced${which}${gone}`,
    });
    return changed;
  }

  #refuse(place: Place, alphabet: Alphabet): void {
    const message =
      alphabet === 'xml'
        ? 'contains a character that XML forbids'
        : `contains a character that String.Latin of xdomea ${this.version} does not have`;
    this.#refused.push({ path: pathOf(place), message });
  }

  #leaveOut(path: string): void {
    this.notes.push({ kind: 'left-out', path, message: `xdomea ${this.version} has no such element` });
  }
}
