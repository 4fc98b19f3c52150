import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { privatePem } from './fake-idp-key.ts';

/** PEM. */
export interface SampleTls {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** New: a certificate authority, a server on 127.0.0.1 and localhost, a client; valid from yesterday until tomorrow. */
export async function sampleTls(): Promise<SampleTls> {
  const valid = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
  const authority = await newKeys();
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=ozg-hub test CA',
    ...valid,
    signingAlgorithm: ALGORITHM,
    keys: authority,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const certified = async (commonName: string) => {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: `CN=${commonName}`,
      issuer: ca.subject,
      ...valid,
      signingAlgorithm: ALGORITHM,
      signingKey: authority.privateKey,
      publicKey: keys.publicKey,
      extensions: [
        new SubjectAlternativeNameExtension([
          { type: 'ip', value: '127.0.0.1' },
          { type: 'dns', value: 'localhost' },
        ]),
      ],
    });
    return { cert: pemOf(certificate), key: privatePem(keys.privateKey) };
  };
  const server = await certified('server');
  const client = await certified('client');
  return {
    ca: pemOf(ca),
    serverCert: server.cert,
    serverKey: server.key,
    clientCert: client.cert,
    clientKey: client.key,
  };
}

function newKeys() {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
