import type { SftpServer, WebServer } from './transport-settings.ts';

/** For tests: how to reach an SFTP server on this machine. */
export function sftpPlace({
  port,
  user,
  password,
  hostKey,
}: {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly hostKey: string;
}): SftpServer {
  return { host: '127.0.0.1', port, user, password, hostKey: [hostKey], timeoutSeconds: 5 };
}

/** For tests: how to reach a web server that knows `hub` with the password `secret`. */
export function webPlace(url: string): WebServer {
  const authentication = { by: 'basic', user: 'hub', password: 'secret' } as const;
  return { url, authentication, timeoutSeconds: 5, contentLength: false };
}
