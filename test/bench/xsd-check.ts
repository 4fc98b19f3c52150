import { XmlDocument, XsdValidator } from 'libxml2-wasm';

/** Parses and validates; throws where the document is not valid. */
export type XsdCheck = (document: Uint8Array) => void;

/** The package as its documentation shows it. */
export function xsdCheck(schema: string): XsdCheck {
  const validator = XsdValidator.fromDoc(XmlDocument.fromString(schema));
  return (document) => {
    const parsed = XmlDocument.fromBuffer(document);
    try {
      validator.validate(parsed);
    } finally {
      parsed.dispose();
    }
  };
}
