import { expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { createTopics } from './topic-plan.ts';

test('a topic is made when its leaders answer for it, not when they are named', async () => {
  const asked: string[] = [];
  const admin = {
    createTopics: async () => asked.push('create'),
    fetchTopicMetadata: async () => ({ topics: [{ partitions: [{ leader: 1 }] }] }),
    fetchTopicOffsets: async (topic: string) => {
      asked.push(topic);
      if (asked.length < 4) throw new Error('This server is not the leader for that topic-partition');
      return [];
    },
  };
  const topic = { topic: 'hub.one.v1', partitions: 1, retentionDays: 1 };
  await createTopics(admin as unknown as Admin, [topic], { prefix: 't.', replicationFactor: 1, minInsyncReplicas: 1 });
  expect(asked).toEqual(['create', 't.hub.one.v1', 't.hub.one.v1', 't.hub.one.v1']);
});
