import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { type ResponseLayout, SamlGround, assertionOf, base64, sampleKey, wrappings } from '@ozg-hub/testing/saml';
import { SignedXml } from 'xml-crypto';
import { ENCRYPTION, ENVELOPED, EXCLUSIVE_C14N, SHA256, SIGNATURE } from './names.ts';
import type { IdentityProviderSettings } from './response-verifier.port.ts';

const ground = await SamlGround.create();
const { bundidLayout, mukLayout, idpKey } = ground;
const strangerKey = await sampleKey('stranger');

type Layout = readonly [name: string, layout: ResponseLayout, settings: Partial<IdentityProviderSettings>];

const BUNDID = ['BundID', bundidLayout, {}] as const;
const MUK = ['MUK', mukLayout, { assertionSigned: false }] as const;
const layouts: readonly Layout[] = [
  BUNDID,
  MUK,
  ['BundID in the clear', { ...bundidLayout, encrypted: false }, { unencryptedAllowed: true }],
  ['MUK in the clear', { ...mukLayout, encrypted: false }, { assertionSigned: false, unencryptedAllowed: true }],
];

const genuineXml = ground.responseXml();

/** Changes a genuine response after it was signed, as somebody on its way could. */
async function changed(change: (xml: string) => string, response = genuineXml): Promise<string> {
  const genuine = await response;
  const xml = change(genuine);
  if (xml === genuine) throw new Error('nothing was changed');
  return base64(xml);
}

describe.each(layouts)('Signature wrapping: %s', (_, layout, settings) => {
  const forged = assertionOf({ nameId: 'admin', assertionId: '_forged' });
  const genuine = ground.responseXml({}, layout);

  test('the pieces are a genuine response', async () => {
    await expect(ground.verified(base64(await genuine), settings)).resolves.toMatchObject({ nameId: 'ek-mustermann' });
  });

  test.each([
    [1, 'HUB_SAML_WRAPPING'],
    [2, 'HUB_SAML_WRAPPING'],
    [3, 'HUB_SAML_SECOND_ASSERTION'],
    [4, 'HUB_SAML_WRAPPING'],
    [5, 'HUB_SAML_SECOND_ASSERTION'],
    [6, 'HUB_SAML_WRAPPING'],
    [7, 'HUB_SAML_WRAPPING'],
    [8, 'HUB_SAML_WRAPPING'],
  ])('shape %i is refused', async (shape, code) => {
    expect(await ground.refusal(base64(wrappings[shape]!(await genuine, forged)), settings)).toBe(code);
  });

  test('so is the forged assertion in the place of the genuine one', async () => {
    const replaced = (await genuine).replace(/<saml2:(?:Encrypted)?Assertion.*(?=<\/saml2p:Response>)/s, forged);
    const clear = { ...settings, assertionSigned: false, unencryptedAllowed: true };
    expect(await ground.refusal(base64(replaced), clear)).toBe('HUB_SAML_SIGNATURE');
  });
});

describe('What is not signed by the provider is refused', () => {
  test.each([
    ['no signature', { responseSigned: false }, 'HUB_SAML_UNSIGNED'],
    ['no signature, and the assertion in the clear', { responseSigned: false, encrypted: false }, 'HUB_SAML_UNSIGNED'],
    ['a certificate that is not pinned', { key: strangerKey }, 'HUB_SAML_CERTIFICATE'],
    ['another key under a pinned certificate', { key: { ...idpKey, key: strangerKey.key } }, 'HUB_SAML_SIGNATURE'],
    ['no signature of the assertion', { assertionSigned: false }, 'HUB_SAML_ASSERTION_SIGNATURE'],
  ])('%s', async (_, layout, code) => {
    expect(await ground.refusal(await ground.samlResponse({}, layout), { unencryptedAllowed: true })).toBe(code);
  });

  test('a signature of the assertion by somebody else', async () => {
    const theirs = await ground.responseXml({}, { key: strangerKey, responseSigned: false, encrypted: false });
    const foreign = /<saml2:Assertion.*<\/saml2:Assertion>/s.exec(theirs)![0];
    const layout = { assertionSigned: false, changeAssertion: () => foreign };
    expect(await ground.refusal(await ground.samlResponse({}, layout))).toBe('HUB_SAML_ASSERTION_SIGNATURE');
    expect(
      await ground.refusal(await ground.samlResponse({}, { ...layout, encrypted: false }), {
        unencryptedAllowed: true,
      }),
    ).toBe('HUB_SAML_ASSERTION_SIGNATURE');
  });

  test('a signature of the assertion that was cut out', async () => {
    const layout = {
      encrypted: false,
      changeResponse: (xml: string) => xml.replace(/<ds:Signature.*<\/ds:Signature>/s, ''),
    };
    expect(await ground.refusal(await ground.samlResponse({}, layout), { unencryptedAllowed: true })).toBe(
      'HUB_SAML_ASSERTION_SIGNATURE',
    );
  });

  test('the certificate of somebody else put beside the signature of the provider changes nothing', async () => {
    const [theirs, ours] = [strangerKey, idpKey].map(({ certificate }) =>
      certificate.replaceAll(/-----[^-]+-----|\s/g, ''),
    );
    const response = await changed((xml) => xml.replace(ours!, theirs!));
    await expect(ground.verified(response)).resolves.toMatchObject({ nameId: 'ek-mustermann' });
  });

  test('an error without signature is no error of the provider', async () => {
    const said = { hasAssertion: false, statusCodes: ['Requester', 'RequestDenied'] };
    expect(await ground.refusal(await ground.samlResponse(said, { responseSigned: false }))).toBe('HUB_SAML_UNSIGNED');
    expect(await ground.refusal(await ground.samlResponse(said, { key: strangerKey }))).toBe('HUB_SAML_CERTIFICATE');
    expect(await ground.refusal(await ground.samlResponse(said))).toBe('HUB_SAML_REFUSED');
  });

  test('success without assertion', async () => {
    expect(await ground.refusal(await ground.samlResponse({ hasAssertion: false }))).toBe('HUB_SAML_NO_ASSERTION');
  });
});

describe('A document that was changed is refused', () => {
  test.each<[string, (xml: string) => string, string]>([
    ['another destination', (xml) => xml.replace('bundid/acs', 'bundid/xxx'), 'HUB_SAML_SIGNATURE'],
    ['a comment in the digest', (xml) => xml.replace('<ds:DigestValue>', '$&<!-- -->'), 'HUB_SAML_MARKUP'],
    ['a comment in SignedInfo', (xml) => xml.replace('<ds:SignedInfo>', '$&<!-- -->'), 'HUB_SAML_MARKUP'],
    ['a comment in the issuer', (xml) => xml.replace('idp.example', 'idp<!-- -->.example'), 'HUB_SAML_MARKUP'],
    ['a CDATA section', (xml) => xml.replace('<ds:DigestValue>', '$&<![CDATA[]]>'), 'HUB_SAML_MARKUP'],
    ['a processing instruction', (xml) => xml.replace('<ds:SignedInfo>', '$&<?x y?>'), 'HUB_SAML_MARKUP'],
    ['a DOCTYPE', (xml) => `<!DOCTYPE r>${xml}`, 'HUB_SAML_DOCTYPE'],
    ['a DOCTYPE with an entity', (xml) => `<!DOCTYPE r [<!ENTITY e SYSTEM "file:///x">]>${xml}`, 'HUB_SAML_DOCTYPE'],
    ['an entity', (xml) => xml.replace('idp.example', '&idp;'), 'HUB_SAML_ENTITY'],
    ['a second SignedInfo', (xml) => xml.replace(/<ds:SignedInfo>.*?<\/ds:SignedInfo>/s, '$&$&'), 'HUB_SAML_WRAPPING'],
    ['a second reference', (xml) => xml.replace(/<ds:Reference .*?<\/ds:Reference>/s, '$&$&'), 'HUB_SAML_WRAPPING'],
    [
      'a response in the response',
      (xml) => xml.replace('<saml2p:Status>', '<saml2p:Response/>$&'),
      'HUB_SAML_WRAPPING',
    ],
    [
      'a signature of something else',
      (xml) => {
        const signature = /<ds:Signature .*?<\/ds:Signature>/s.exec(xml)![0].replace('#_response', '#_status');
        return xml.replace('<saml2p:Status>', `<saml2p:Status ID="_status">${signature}`);
      },
      'HUB_SAML_WRAPPING',
    ],
    ['a reference to the whole document', (xml) => xml.replace('URI="#_response"', 'URI=""'), 'HUB_SAML_WRAPPING'],
    [
      'a reference by XPointer',
      (xml) => xml.replace('"#_response"', `"#xpointer(id('_response'))"`),
      'HUB_SAML_WRAPPING',
    ],
    ['an object in the signature', (xml) => xml.replace('</ds:Signature>', '<ds:Object/>$&'), 'HUB_SAML_WRAPPING'],
    ['a second signature', (xml) => xml.replace(/<ds:Signature .*?<\/ds:Signature>/s, '$&$&'), 'HUB_SAML_WRAPPING'],
    [
      'two elements of one ID',
      (xml) => xml.replace('<saml2p:Status>', '<saml2p:Status Id="_response">'),
      'HUB_SAML_DUPLICATE_ID',
    ],
    ['an ID with a quote', (xml) => xml.replaceAll('_response"', `_r'esponse"`), 'HUB_SAML_WRAPPING'],
    [
      'another transformation',
      (xml) => xml.replace(ENVELOPED, 'http://www.w3.org/TR/1999/REC-xslt-19991116'),
      'HUB_SAML_ALGORITHM',
    ],
    [
      'canonical with comments',
      (xml) => xml.replaceAll(EXCLUSIVE_C14N, `${EXCLUSIVE_C14N}WithComments`),
      'HUB_SAML_ALGORITHM',
    ],
    [
      'SignedInfo canonical with comments',
      (xml) => xml.replace(EXCLUSIVE_C14N, `${EXCLUSIVE_C14N}WithComments`),
      'HUB_SAML_ALGORITHM',
    ],
    [
      'a second encrypted key',
      (xml) => xml.replace(/<e:EncryptedKey .*<\/e:EncryptedKey>/s, '$&$&'),
      'HUB_SAML_WRAPPING',
    ],
    ['an unknown part of OAEP', (xml) => xml.replace('</e:EncryptionMethod>', '<e:Other/>$&'), 'HUB_SAML_ALGORITHM'],
    ['no digest', (xml) => xml.replace(/(<ds:DigestValue>)[^<]*/, '$1'), 'HUB_SAML_MALFORMED'],
    ['no value of the signature', (xml) => xml.replace(/(<ds:SignatureValue>)[^<]*/, '$1 '), 'HUB_SAML_MALFORMED'],
    ['elements without end', (xml) => xml.replace('</saml2p:Status>', `${'<a/>'.repeat(500)}$&`), 'HUB_SAML_TOO_LARGE'],
    [
      'namespaces without end',
      (xml) =>
        xml.replace('</saml2p:Status>', `${'<a xmlns:b="c" xmlns:d="e" xmlns:f="g" xmlns:h="i"/>'.repeat(400)}$&`),
      'HUB_SAML_TOO_LARGE',
    ],
    ['two documents', (xml) => xml + xml, 'HUB_SAML_MALFORMED'],
    [
      'another root',
      () => '<saml2p:LogoutResponse xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol"/>',
      'HUB_SAML_NOT_A_RESPONSE',
    ],
    ['SAML 1', (xml) => xml.replace('Version="2.0"', 'Version="1.1"'), 'HUB_SAML_NOT_A_RESPONSE'],
    [
      'levels without end',
      (xml) => xml.replace('<saml2p:Status>', `${'<a>'.repeat(300)}${'</a>'.repeat(300)}$&`),
      'HUB_SAML_MALFORMED',
    ],
  ])('%s', async (_, change, code) => {
    expect(await ground.refusal(await changed(change))).toBe(code);
  });

  test('a comment in the NameID, in the clear and inside the encryption', async () => {
    const comment = (xml: string) => xml.replace('ek-muster', 'ek-muster<!-- -->');
    const inTheClear = { ...mukLayout, encrypted: false };
    const settings = { assertionSigned: false, unencryptedAllowed: true };
    expect(await ground.refusal(await changed(comment, ground.responseXml({}, inTheClear)), settings)).toBe(
      'HUB_SAML_MARKUP',
    );
    const inside = await ground.samlResponse({}, { changeAssertion: comment });
    expect(await ground.refusal(inside)).toBe('HUB_SAML_MARKUP');
  });

  test('an assertion in another, and a second one, even inside the encryption', async () => {
    const more = assertionOf({ nameId: 'admin', assertionId: '_more' });
    const advice = (xml: string) => xml.replace('<saml2:Subject>', `<saml2:Advice>${more}</saml2:Advice>$&`);
    const nested = await ground.samlResponse({}, { ...mukLayout, changeAssertion: advice });
    expect(await ground.refusal(nested, { assertionSigned: false })).toBe('HUB_SAML_WRAPPING');
    const second = await ground.samlResponse({}, { ...mukLayout, changeAssertion: (xml) => xml + more });
    expect(await ground.refusal(second, { assertionSigned: false })).toBe('HUB_SAML_DECRYPTION');
  });

  test('what is inside the encryption and no XML is quoted nowhere', async () => {
    const response = await ground.samlResponse({}, { ...mukLayout, changeAssertion: () => '<a b=Mustermann></Muster' });
    const error = await ground.verified(response, { assertionSigned: false }).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ code: 'HUB_SAML_DECRYPTION' });
    expect(inspect(error, { depth: 9 })).not.toContain('Muster');
  });
});

describe('Only the algorithms of BSI TR-03116-4 are accepted', () => {
  test.each([
    ['signature by SHA-1', { signatureAlgorithm: `${SIGNATURE}rsa-sha1` }, 'HUB_SAML_SHA1'],
    ['digest by SHA-1', { digestAlgorithm: `${SIGNATURE}sha1` }, 'HUB_SAML_SHA1'],
    ['AES-CBC', { contentAlgorithm: `${ENCRYPTION}aes256-cbc` }, 'HUB_SAML_CBC'],
    ['Triple DES', { contentAlgorithm: `${ENCRYPTION}tripledes-cbc` }, 'HUB_SAML_CBC'],
    ['RSA PKCS#1 v1.5', { keyTransport: `${ENCRYPTION}rsa-1_5` }, 'HUB_SAML_RSA15'],
  ])('%s', async (_, layout, code) => {
    expect(await ground.refusal(await ground.samlResponse({}, layout))).toBe(code);
  });

  test.each([
    ['a signature that nobody knows', 'xmldsig-more#rsa-sha256', 'xmldsig-more#rsa-md5'],
    ['a digest that nobody knows', 'xmlenc#sha256"', 'xmldsig-more#md5"'],
    ['a digest of OAEP that nobody knows', `${SIGNATURE}sha1`, 'http://www.w3.org/2001/04/xmldsig-more#sha384'],
  ])('%s', async (_, genuine, other) => {
    expect(await ground.refusal(await changed((xml) => xml.replaceAll(genuine, other)))).toBe('HUB_SAML_ALGORITHM');
  });

  test('an assertion signed by SHA-1 inside the encryption', async () => {
    const weak = {
      key: idpKey,
      encrypted: false,
      responseSigned: false,
      signatureAlgorithm: `${SIGNATURE}rsa-sha1`,
    };
    const assertion = /<saml2:Assertion.*<\/saml2:Assertion>/s.exec(await ground.responseXml({}, weak))![0];
    const response = await ground.samlResponse({}, { assertionSigned: false, changeAssertion: () => assertion });
    expect(await ground.refusal(response)).toBe('HUB_SAML_SHA1');
  });

  test('an HMAC with the public certificate as its key', async () => {
    const signer = new SignedXml({ privateKey: idpKey.certificate, signatureAlgorithm: `${SIGNATURE}hmac-sha1` });
    signer.enableHMAC();
    signer.canonicalizationAlgorithm = EXCLUSIVE_C14N;
    signer.addReference({ xpath: '/*', transforms: [ENVELOPED, EXCLUSIVE_C14N], digestAlgorithm: SHA256 });
    const unsigned = await ground.responseXml({ nameId: 'admin' }, { responseSigned: false });
    signer.computeSignature(unsigned, { location: { reference: '/*/*[1]', action: 'after' } });
    expect(await ground.refusal(base64(signer.getSignedXml()))).toBe('HUB_SAML_HMAC');
  });
});

describe('A form field that is no response costs little', () => {
  test.each([
    ['10 MB', 'A'.repeat(10_000_000), 'HUB_SAML_TOO_LARGE'],
    ['more than 1 MB of text', Buffer.alloc(1024 * 1024 + 1, 'a').toString('base64'), 'HUB_SAML_TOO_LARGE'],
    ['nothing', '', 'HUB_SAML_ENCODING'],
    ['no base64', '<saml/>', 'HUB_SAML_ENCODING'],
    ['base64 with something in it', `${base64('<a/>')}-`, 'HUB_SAML_ENCODING'],
    ['base64 that is cut', base64('<abc/>').slice(0, -1), 'HUB_SAML_ENCODING'],
    ['bits behind the end', 'PGEvPh==', 'HUB_SAML_ENCODING'],
    ['not UTF-8', Buffer.from([0x3c, 0xff, 0x3e]).toString('base64'), 'HUB_SAML_ENCODING'],
    ['UTF-16', Buffer.from('<a/>', 'utf16le').toString('base64'), 'HUB_SAML_MALFORMED'],
    ['another encoding declared', base64('<?xml version="1.0" encoding="UTF-7"?><a/>'), 'HUB_SAML_MALFORMED'],
    ['no XML', base64('hello'), 'HUB_SAML_MALFORMED'],
  ])('%s', async (_, field, code) => {
    expect(await ground.refusal(field)).toBe(code);
  });
});
