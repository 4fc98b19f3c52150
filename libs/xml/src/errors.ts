import { defineErrors } from '@ozg-hub/core';

/** What can be wrong with an XML document, or with the pool that reads it. */
export const xmlErrors = defineErrors({
  HUB_XML_MALFORMED: {
    class: 'never',
    status: 400,
    title: 'The document is not well-formed XML.',
    action: 'Correct the document at the line given and send it again.',
  },
  HUB_XML_DOCTYPE: {
    class: 'never',
    status: 400,
    title: 'The document has a DOCTYPE declaration; none is accepted, harmless or not.',
    action: 'Leave the DOCTYPE declaration out.',
  },
  HUB_XML_ENTITY: {
    class: 'never',
    status: 400,
    title: 'The document refers to an entity other than the five that XML predefines.',
    action: 'Write the character itself or a numeric character reference.',
  },
  HUB_XML_TOO_DEEP: {
    class: 'never',
    status: 400,
    title: 'The elements of the document are nested deeper than 256 levels.',
    action: 'Send a document with fewer levels.',
  },
  HUB_XML_TOO_LARGE: {
    class: 'never',
    status: 413,
    title: 'The document, or one text in it, is larger than accepted.',
    action: 'Send files as parts of their own instead of inside the document.',
  },
  HUB_XML_ENCODING: {
    class: 'never',
    status: 400,
    title: 'The document is not UTF-8, or declares another encoding.',
    action: 'Encode the document as UTF-8 and declare UTF-8 or nothing.',
  },
  HUB_XML_CHARACTER: {
    class: 'never',
    status: 400,
    title: 'The document contains a character that XML does not allow.',
    action: 'Remove control characters other than tab, line feed and carriage return.',
  },
  HUB_XML_INVALID: {
    class: 'never',
    status: 422,
    title: 'The document does not follow its schema.',
    action: 'Correct the places listed; at most 50 are.',
  },
  HUB_XML_NOT_EXTRACTABLE: {
    class: 'never',
    status: 422,
    title: 'The document lacks a value that is needed, or has one of the wrong type.',
    action: 'Correct the places listed.',
  },
  HUB_XML_NOT_CANONICAL: {
    class: 'never',
    status: 422,
    title: 'The document has no canonical form, because a namespace name in it is not an absolute URI.',
    action: 'Use absolute URIs as namespace names.',
  },
  HUB_XML_TIMEOUT: {
    class: 'later',
    status: 503,
    title: 'Reading the document took longer than allowed.',
    action: 'Try again when there is less to do; where it stays so, the document is too large or too involved.',
  },
  HUB_XML_BUSY: {
    class: 'later',
    status: 503,
    title: 'Too many documents are waiting to be read.',
    action: 'Send the document again after the time given.',
  },
  HUB_XML_CRASHED: {
    class: 'later',
    status: 503,
    title: 'The worker that read the document ended unexpectedly.',
    action: 'Send the document again; when it fails repeatedly, report it.',
  },
  HUB_XML_CLOSED: {
    class: 'later',
    status: 503,
    title: 'The hub is stopping and reads no further documents.',
    action: 'Send the document again after the restart.',
  },
  HUB_XML_NOT_BUILT: {
    class: 'never',
    status: 500,
    title: 'The XML worker has not been built.',
    action: 'Run `npm run build`; the worker always runs from libs/xml/dist, in tests too.',
  },
  HUB_XML_SCHEMA_UNKNOWN: {
    class: 'never',
    status: 500,
    title: 'The schema asked for is not in the catalogue.',
    action: 'Compare the id with schemas/catalog.json.',
  },
  HUB_XML_SCHEMA_BROKEN: {
    class: 'never',
    status: 500,
    title: 'A schema of the catalogue cannot be read or compiled.',
    action: 'Check the files named in schemas/catalog.json and what they import.',
  },
  HUB_XML_EXTRACTION_BROKEN: {
    class: 'never',
    status: 500,
    title: 'An extraction has an XPath expression that cannot be compiled, or refers to a name it does not have.',
    action: 'Correct the mapping profile.',
  },
});

/** The codes of {@link xmlErrors}; what a worker names instead of building an error. */
export type XmlErrorCode = keyof typeof xmlErrors.definitions;
