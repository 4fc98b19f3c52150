import type { TargetAdapter } from '@ozg-hub/delivery';
import type { ConnectCheck } from '@ozg-hub/directory';
import type { ServiceContext } from '@ozg-hub/runtime';
import type { z } from 'zod';
import { CaseRepository } from './cases/case.repository.ts';
import { NoticeRepository } from './cases/notice.repository.ts';
import { CmisAdapter } from './cmis/cmis.adapter.ts';
import type { CmisConnections } from './cmis/cmis-connections.ts';
import { cmisSettings } from './cmis/cmis-settings.ts';
import { cmisConnectCheck } from './cmis/connect-check.ts';
import type { DmsConnections } from './transport/dms-connections.ts';
import { transportFor } from './transport/transports.ts';
import { ParcelComposer } from './xdomea/parcel-composer.ts';
import { XdomeaAdapter } from './xdomea/xdomea.adapter.ts';
import { xdomeaSettings } from './xdomea/xdomea-settings.ts';

/** A kind of target as a municipality's YAML names it. */
export interface TargetKind {
  readonly settings: z.ZodType;
  readonly adapter: (context: AdapterContext) => TargetAdapter;
  /** Asks such a target whether it takes what would be sent there; left out: nothing can be asked. */
  readonly connectCheck?: ConnectCheck;
}

/** What adapters are made of. */
export interface AdapterContext extends ServiceContext {
  readonly connections: DmsConnections;
  readonly cmisConnections: CmisConnections;
}

/** The table of adapters: another kind of DMS is one line here. */
export const targetKinds: Readonly<Record<string, TargetKind>> = {
  xdomea: {
    settings: xdomeaSettings,
    adapter: (context) =>
      new XdomeaAdapter({
        ...context,
        composer: new ParcelComposer(context),
        transport: (of) => transportFor(context.connections, of),
      }),
  },
  cmis: {
    settings: cmisSettings,
    connectCheck: cmisConnectCheck,
    adapter: ({ cmisConnections: connections, store, ...context }) => {
      const [cases, notices] = [new CaseRepository(), new NoticeRepository()];
      const findNotice = (id: string) => notices.find(store, id);
      return new CmisAdapter({ ...context, connections, findCase: (key) => cases.find(store, key), findNotice });
    },
  },
};
