import { TextDecoder } from 'node:util';
import { ElementCollector } from './element-collector.ts';
import { xmlErrors } from './errors.ts';

/** An element as a small tree of plain values. */
export interface XmlTree {
  readonly namespace: string;
  readonly local: string;
  /** By local name; one of a namespace by `{namespace}local`. Declarations of namespaces are none. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Its own text, comments left out; white space between elements is none. */
  readonly text: string;
  readonly children: readonly XmlTree[];
  /** Where its start tag ends, counted from 1. */
  readonly line: number;
}

/** What a document consists of, in its order. */
export interface StreamedPart {
  /**
   * `root` the root element without content, always first; `head` what stands in a head before the first head or element
   * in it; `element` an element; `end` what else stands in a head, once it ends.
   */
  readonly kind: 'root' | 'head' | 'element' | 'end';
  readonly tree: XmlTree;
}

export interface StreamOptions {
  /**
   * Local names of the elements to give. One inside another comes first, and is left out of the other. `root`: the root
   * element, whatever its name, with everything in it.
   */
  readonly elements: readonly string[] | 'root';
  /** Local names of the elements around them whose own content is wanted too. Anything else is read over. */
  readonly heads?: readonly string[];
  /** Of elements and heads; default that of the root. */
  readonly namespace?: string;
  /** Largest document in bytes; default 1 GiB. */
  readonly maxBytes?: number;
  /** Longest text, attribute, comment or name in UTF-16 units, and all texts of one tree sixteen times it; default 65,536. */
  readonly maxText?: number;
  /** Most elements in one tree; default 10,000. */
  readonly maxNodes?: number;
}

const GIB = 1024 ** 3;
/** Bytes parsed at a time: what one piece holds waits in memory for the caller. */
const PIECE = 64 * 1024;

/**
 * Reads a document that is too large for a tree while it comes in: nobody need vouch for it, and memory holds one tree
 * and one piece of the document. UTF-8, no DOCTYPE, no entities but the five, at most 256 levels and 64 attributes. The
 * source is asked for more only when the caller is; it is closed when the caller stops early. That the document is
 * well-formed is known only at the end.
 * @throws HUB_XML_MALFORMED, HUB_XML_DOCTYPE, HUB_XML_ENTITY, HUB_XML_CHARACTER, HUB_XML_ENCODING, HUB_XML_TOO_DEEP,
 * HUB_XML_TOO_LARGE, with the line; and what the source throws
 */
export async function* streamElements(
  source: AsyncIterable<Uint8Array>,
  options: StreamOptions,
): AsyncGenerator<StreamedPart, void, undefined> {
  const { maxBytes = GIB } = options;
  const collector = new ElementCollector(options);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw xmlErrors.HUB_XML_TOO_LARGE();
    for (let at = 0; at < chunk.length; at += PIECE) {
      collector.write(decoded(decoder, chunk.subarray(at, at + PIECE), collector.line));
      yield* collector.take();
    }
  }
  collector.write(decoded(decoder, undefined, collector.line));
  collector.end();
  yield* collector.take();
}

function decoded(decoder: TextDecoder, piece: Uint8Array | undefined, line: number): string {
  try {
    return decoder.decode(piece, { stream: piece !== undefined });
  } catch (cause) {
    throw xmlErrors.HUB_XML_ENCODING({ places: [{ line, message: 'at or after this line: not UTF-8' }], cause });
  }
}
