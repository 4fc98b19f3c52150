// The fake ePay21 as a process of its own; its books lie in the folder given. What shall go wrong is told by messages.
import { FakeEpay21 } from '../../../libs/testing/dist/fake-epay21.js';

const [folder, user, password] = process.argv.slice(2);
const payees = [
  { originatorId: 'ozg-hub', endpointId: '06999001', mandant: '06999001' },
  { originatorId: 'ozg-hub', endpointId: '06999002', mandant: '06999002' },
];
const epay = new FakeEpay21({ folder, credentials: { user, password }, payees });
await epay.start();
process.on('message', (asked) => (asked === 'struck' ? process.send(epay.struck) : epay.inject(asked)));
process.send({ origin: epay.origin, restUrl: epay.restUrl, soapUrl: epay.soapUrl });
process.once('SIGTERM', () => void epay.stop().then(() => process.exit(0)));
