/** Real servers, for system tests, fault runs and benches: entry `@ozg-hub/testing/servers`. */
export { type FakeFinanceKafkaOptions, FakeFinanceKafka } from './fake-finance-kafka.ts';
export { type CutPartition, cutKafkaLogs, kafkaLogSizes } from './kafka-log.ts';
export { type KafkaSecurity } from './kafka-security.ts';
export { type KafkaServer, type KafkaServerOptions, hasKafkaTools, startKafka } from './kafka-server.ts';
export { type OpenCmis, hasOpenCmisTools, startOpenCmis } from './opencmis.ts';
export { canRunPrograms, endServer, freePort } from './server-process.ts';
