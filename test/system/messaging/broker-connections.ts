import { type Socket, connect } from 'node:net';

/** All connections of one process to the broker; `cut` ends them and lets no other come about, as kill -9 does. */
export class BrokerConnections {
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  readonly open = ({ host, port, onConnect }: { host: string; port: number; onConnect(): void }): Socket => {
    const socket = connect(port, host, onConnect);
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#isCut) socket.destroy(new Error('cut'));
    return socket;
  };

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy(new Error('cut'));
  }
}
