import type { DemoApplication } from './application.ts';
import { bewohnerparkausweis } from './forms/bewohnerparkausweis.ts';
import { gewerbe } from './forms/gewerbe.ts';
import { hund } from './forms/hund.ts';
import { jagdpachtvertrag } from './forms/jagdpachtvertrag.ts';
import { hundMuehlfelden, zaehlerMuehlfelden } from './forms/muehlfelden.ts';
import { gewerbeMuehlfelden, jagdpachtMuehlfelden } from './forms/signed-in.ts';
import { wappen } from './forms/wappen.ts';
import { wasserzwischenzaehler } from './forms/wasserzwischenzaehler.ts';

/** What the demo sends, in this order; the large one first, so that the others overtake it. */
export const demoApplications: readonly DemoApplication[] = [
  jagdpachtvertrag,
  wasserzwischenzaehler,
  hund,
  wappen,
  bewohnerparkausweis,
  gewerbe,
  hundMuehlfelden,
  zaehlerMuehlfelden,
  jagdpachtMuehlfelden,
  gewerbeMuehlfelden,
];
