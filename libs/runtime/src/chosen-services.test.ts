import { expect, test } from '@jest/globals';
import { bookingAccepted, deliveryChanged, submissionAccepted } from '@ozg-hub/events';
import { topicsOf } from './chosen-services.ts';
import { SampleWorld, sampleService } from './sample-service.ts';

test('a process needs the topics that its services read or write, each once, and no others', () => {
  const world = new SampleWorld();
  const intake = { ...sampleService('intake', world), consumes: [deliveryChanged], publishes: [submissionAccepted] };
  const exporting = { ...sampleService('export', world), consumes: [submissionAccepted], publishes: [deliveryChanged] };
  const bridge = { ...sampleService('bridge', world), consumes: [submissionAccepted, bookingAccepted] };
  expect(topicsOf([intake, exporting])).toEqual([deliveryChanged, submissionAccepted]);
  expect(topicsOf([bridge])).toEqual([submissionAccepted, bookingAccepted]);
});
