import { type HubError, isHubError } from '@ozg-hub/core';
import { messagingErrors } from '../errors.ts';

/** An error of the client library in the bus's own words; others stay what they are. */
export function kafkaFailure(error: unknown): unknown {
  if (isHubError(error) || !isKafkaError(error)) return error;
  const known = byName(error) ?? byProtocol(protocolType(error), error);
  if (known) return known;
  return messagingErrors.HUB_BUS_UNAVAILABLE({ detail: `Kafka: ${error.name}.`, cause: error });
}

/** Where the library keeps what the brokers said to itself. */
function byName(cause: Error): HubError | undefined {
  switch (cause.name) {
    case 'KafkaJSSASLAuthenticationError':
      return messagingErrors.HUB_BUS_FORBIDDEN({ detail: 'The brokers refuse user or password.', cause });
    case 'KafkaJSGroupCoordinatorNotFound':
      return messagingErrors.HUB_BUS_FORBIDDEN({
        detail: 'No broker takes this user into the group: it may not read it, or the brokers are not ready yet.',
        cause,
      });
    default:
      return undefined;
  }
}

function byProtocol(type: string | undefined, cause: Error): HubError | undefined {
  switch (type) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'INVALID_TOPIC_EXCEPTION':
      return messagingErrors.HUB_BUS_UNKNOWN_TOPIC({ cause });
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
      return messagingErrors.HUB_BUS_RECORD_TOO_LARGE({ cause });
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'GROUP_AUTHORIZATION_FAILED':
    case 'CLUSTER_AUTHORIZATION_FAILED':
    case 'SASL_AUTHENTICATION_FAILED':
      return messagingErrors.HUB_BUS_FORBIDDEN({ detail: `Kafka: ${type}.`, cause });
    default:
      return undefined;
  }
}

/** The library wraps what made it give up. */
function protocolType(error: Error): string | undefined {
  const { type, cause } = error as { type?: unknown; cause?: unknown };
  if (typeof type === 'string') return type;
  return cause instanceof Error ? protocolType(cause) : undefined;
}

/** By name: the library's classes cannot be imported by name from CommonJS. */
function isKafkaError(error: unknown): error is Error {
  return error instanceof Error && error.name.startsWith('KafkaJS');
}
