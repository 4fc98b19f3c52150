import type { Problem } from '@ozg-hub/runtime';
import { type ApplicationRequest, multipartBody } from '@ozg-hub/testing';

/** What a sender is told when it hands over an application. */
export interface PushAnswer {
  readonly status: number;
  /** Where the state can be asked for; absent where the application was refused. */
  readonly location?: string;
  readonly id?: string;
  readonly problem?: Problem;
}

/** What the location answers, as far as the demo reads it. */
export interface ApplicationState {
  readonly id: string;
  readonly tenant: string;
  readonly leistung: string;
  readonly state: 'ACCEPTED' | 'IN_PROGRESS' | 'NEEDS_ATTENTION' | 'COMPLETED' | 'CANCELLED';
  readonly deliveries: readonly {
    readonly state: string;
    readonly code?: string;
    readonly aktenzeichen?: string;
  }[];
}

/** Pushes applications over HTTP as civento would, with an API key of its own. */
export class Sender {
  constructor(
    readonly url: string,
    private readonly key: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Makes a key by the operator API that may submit for these municipalities, and sends with it. */
  static async withNewKey(
    url: string,
    operatorToken: string,
    tenants: readonly string[],
    signal: AbortSignal,
  ): Promise<Sender> {
    const answer = await fetch(`${url}/hub/ops/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'civento (demo)', scopes: ['submit'], tenants }),
      signal,
    });
    if (!answer.ok) throw new Error(`no API key: ${answer.status} ${await answer.text()}`);
    const { key } = (await answer.json()) as { key: string };
    return new Sender(url, key, signal);
  }

  /** @param proof identity proof of the applicant, directly behind the application */
  async push(request: ApplicationRequest, proof?: string): Promise<PushAnswer> {
    const { contentType, body } = proof === undefined ? request.body() : withProof(request, proof);
    const answer = await fetch(`${this.url}/civento/v1/applications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.key}`, 'content-type': contentType },
      body,
      duplex: 'half',
      signal: this.signal,
    });
    const { status } = answer;
    if (!answer.ok) return { status, problem: (await answer.json()) as Problem };
    const { id } = (await answer.json()) as { id: string };
    return { status, id, location: answer.headers.get('location') ?? '' };
  }

  async ask(location: string): Promise<ApplicationState> {
    const answer = await fetch(new URL(location, this.url), {
      headers: { authorization: `Bearer ${this.key}` },
      signal: this.signal,
    });
    if (!answer.ok) throw new Error(`${location} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as ApplicationState;
  }
}

function withProof({ parts: [application, ...files] }: ApplicationRequest, proof: string) {
  return multipartBody([application!, { name: 'identity-proof', content: proof }, ...files]);
}
