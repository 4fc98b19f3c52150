export { KafkaBus } from './kafka-bus.adapter.ts';
export { type KafkaOptions, type KafkaSasl, type KafkaTls } from './kafka-options.ts';
export { type TopicPlan } from './topic-plan.ts';
