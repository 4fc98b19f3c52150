import { startFakeEpay21 } from '@ozg-hub/testing';
import { Epay21SoapAdapter } from './epay21-soap.adapter.ts';
import { paymentProviderContract } from './payment-provider.contract.ts';
import { sampleTarget } from './sample-order.ts';
import { XBezahldiensteAdapter } from './xbezahldienste.adapter.ts';

const credentials = { user: 'musterstadt', password: 'streng-geheim' };

paymentProviderContract('XBezahldienste', async () => {
  const service = await startFakeEpay21({ credentials });
  const { target, directory } = sampleTarget('xbezahldienste', {
    baseUrl: service.restUrl,
    originatorId: 'ozg-hub',
    endpointId: '06999001',
    authentication: { by: 'basic', ...credentials },
    sendDescription: true,
    timeoutSeconds: 1,
  });
  const provider = new XBezahldiensteAdapter(directory);
  const end = async () => {
    await provider.stop();
    await service.stop();
  };
  return { service, target, provider, namesAmount: true, payee: 'ozg-hub/06999001', secrets: ['streng-geheim'], end };
});

paymentProviderContract('ePay21 SOAP', async () => {
  const service = await startFakeEpay21({ credentials });
  const { target, directory } = sampleTarget('epay21', {
    url: service.soapUrl,
    mandant: '06999001',
    mandantDesc: 'Musterstadt',
    app: 'ozg.hub',
    authentication: { by: 'basic', ...credentials },
    payPage: `${service.origin}/pay/{payId}`,
    timeoutSeconds: 1,
  });
  const provider = new Epay21SoapAdapter(directory);
  const end = async () => {
    await provider.stop();
    await service.stop();
  };
  return { service, target, provider, namesAmount: false, payee: '06999001', secrets: ['streng-geheim'], end };
});
