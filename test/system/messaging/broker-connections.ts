import { type Socket, connect } from 'node:net';

/**
 * All connections of one process to the broker; `cut` ends them and lets no other come about, as kill -9 does; `sleep` keeps
 * them and lets nothing through, as SIGSTOP does, until `wake`.
 */
export class BrokerConnections {
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  #sleeps = false;
  readonly #held: (() => void)[] = [];

  readonly open = ({ host, port, onConnect }: { host: string; port: number; onConnect(): void }): Socket => {
    const socket = connect(port, host, onConnect);
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
    socket.write = (...given: unknown[]) => {
      if (!this.#sleeps) return write(...given);
      this.#held.push(() => write(...given));
      return true;
    };
    if (this.#sleeps) socket.pause();
    if (this.#isCut) socket.destroy(new Error('cut'));
    return socket;
  };

  sleep(): void {
    this.#sleeps = true;
    for (const socket of this.#sockets) socket.pause();
  }

  wake(): void {
    this.#sleeps = false;
    for (const socket of this.#sockets) socket.resume();
    for (const send of this.#held.splice(0)) send();
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy(new Error('cut'));
  }
}
