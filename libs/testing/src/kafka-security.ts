import type { SampleTls } from './sample-tls.ts';

/** Lets clients in by TLS and a user's password only, and lets a user do only what an access list says. */
export interface KafkaSecurity {
  readonly tls: Pick<SampleTls, 'ca' | 'serverCert' | 'serverKey'>;
  /** Passwords by user; each may sign on by SCRAM-SHA-512 and by PLAIN. */
  readonly users: Readonly<Record<string, string>>;
  /** One of the users, who may do everything. */
  readonly superUser: string;
}

/** Server properties of a listener that asks for TLS and a password, and of access lists that are empty at first. */
export function securitySettings({ tls, users, superUser }: KafkaSecurity): Readonly<Record<string, string>> {
  const listener = 'listener.name.clients';
  const plain = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  const asBroker = `username="${superUser}" password="${users[superUser]}"`;
  return {
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,CLIENTS:SASL_SSL',
    [`${listener}.ssl.keystore.type`]: 'PEM',
    [`${listener}.ssl.keystore.certificate.chain`]: oneLine(tls.serverCert),
    [`${listener}.ssl.keystore.key`]: oneLine(tls.serverKey),
    [`${listener}.ssl.truststore.type`]: 'PEM',
    [`${listener}.ssl.truststore.certificates`]: oneLine(tls.ca),
    [`${listener}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-512,PLAIN',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    [`${listener}.scram-sha-512.sasl.jaas.config`]: `org.apache.kafka.common.security.scram.ScramLoginModule required ${asBroker};`,
    [`${listener}.plain.sasl.jaas.config`]: `org.apache.kafka.common.security.plain.PlainLoginModule required ${asBroker} ${plain.join(' ')};`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // The controller's listener has no users.
    'super.users': `User:${superUser};User:ANONYMOUS`,
  };
}

/** Options of `StorageTool format`: SCRAM keeps its users in the metadata. */
export function scramUsers(security: KafkaSecurity | undefined): readonly string[] {
  const users = Object.entries(security?.users ?? {});
  return users.flatMap(([name, password]) => ['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`]);
}

/** PEM as one value of a properties file. */
function oneLine(pem: string): string {
  return pem.trim().replaceAll('\n', '\\n');
}
