import type { XdomeaVersionId } from './versions.ts';

/**
 * SHA-256 and name of every file of the official schemas, by version. The hash is taken of the text with `\n` as line end,
 * without byte order mark, and with every `schemaLocation` reduced to the file's name: copies of the official packages
 * differ in these and in nothing else.
 */
export const knownSchemaFiles: Readonly<Record<XdomeaVersionId, ReadonlyMap<string, string>>> = {
  '2.4.0': table(`
    85448c192807433202f42b8c6351de22ace66b8bc316676cc765b1c60a8356e6 latinchars.xsd
    0c6bf557e053e8d52952a371966afb139e2bc3c5386cf2d47e40c60465f3e807 xdomea-Baukasten.xsd
    9e46717471686e874f147c204194a387d4119332ec1a288cc2460580ea25d597 xdomea-Datentypen.xsd
    4d96ba1b6a7eba2608f196dcaebf7962fe08afd8876d1b9bef3d9c67a90bc926 xdomea-Nachrichten-AbgabeDurchfuehren.xsd
    13f630488c09fa5bb3d60b8ae8af56b95e5f7f9806bf521b11c4bd42bffc2c36 xdomea-Nachrichten-AktenplanAustauschen.xsd
    40f892a8a9abcd1e6bd353c154ab5e0a5b38ca444b3bdbde1fc09ae670c0b068 xdomea-Nachrichten-Archivsystem.xsd
    38bc1a7d69e665c6c0576460559714d94a2a6b6a16b30804b7d7698d1efa3039 xdomea-Nachrichten-AussonderungDurchfuehren.xsd
    d93420baf3cbcbecdf92eb828f7b53c879b96973c49b1c629872fedf678ba720 xdomea-Nachrichten-DMS.xsd
    e7f75295a120d33864f78b535e01a9ef0ea6bc4667f45536377bcdd6002ea29e xdomea-Nachrichten-Fachverfahren.xsd
    fe591e36906a0b5ce9b3044786d3e59514a3ce4d3d7cb59995d4107ef5d25c4f xdomea-Nachrichten-FachverfahrensdatenAustauschen.xsd
    393788efd6d25f90e693984e78c33c7b700dd8521d32caf099b49069013c7f43 xdomea-Nachrichten-GeschaeftsgangDurchfuehren.xsd
    2ce971730ac020cc734fc1cc9b5d21ef0f8d9b4e9abf82e140d86a888e7522ea xdomea-Nachrichten-InformationAustauschen.xsd
    a3475f09473099b5d0347e96960df9c692097a55a7e28182c8fb9c6238cbc35c xdomea-Nachrichten-VBS.xsd
    52681833c443c69bde38c498627a5a583dcf766a9d599602d219dc42affd9cc2 xdomea-Typen-AbgabeDurchfuehren.xsd
    89a887551813311a006ba3e7b8fae15f0cb54612243ba68ba5d248af75209f32 xdomea-Typen-AussonderungDurchfuehren.xsd
    1342d245258da4e00e4b980cea33c42388143e035d913845db6eba9474059790 xdomea-Typen-FachverfahrensdatenAustauschen.xsd
    b9e48bf6330d7b457693f1a18d073608c67929df5b3e39f17a8441b06025ce1a xdomea-Typen-GeschaeftsgangDurchfuehren.xsd
    15249c765c2effe04ec7c2ba7aa871e036e38fde022303cd71794c56f69fcdd0 xoev-code.xsd
  `),
  '3.0.0': table(`
    4a2c9c890335e585b27d43317739a0032fc9b606dfdf0165e5f2db84e1b0fc6c xdomea-Baukasten.xsd
    ab098859716b2afdb63b42dc699e5ed867c9894a93f96669046bd19ed197d784 xdomea-Datentypen.xsd
    be71ea141ed48252418dd9c7b42b2c8d373474970bc9e4f0a09ce88fb71f474b xdomea-Nachrichten-AbgabeDurchfuehren.xsd
    507c150676a7bb935d0028ca8bf8455981e8e21757833f80b176d8a6ec493551 xdomea-Nachrichten-AktenplanAustauschen.xsd
    a58e79c37a3f4bae6afea712782d13c72543af788a7b8b422724cd4f5a4d9679 xdomea-Nachrichten-Archivsystem.xsd
    fd9730ea312bc687602b7275a265365888b51f3c124328701abcb09ff52e3ca9 xdomea-Nachrichten-AussonderungDurchfuehren.xsd
    54ab71f95b1aefe7e206b57343ae84930e46a5f97328689bd9231e4ea3c000d9 xdomea-Nachrichten-DMS.xsd
    bf37a40325b4feb86a41c35880d9652df5e6a14f4bdbc5a1f597f07edb36b5d6 xdomea-Nachrichten-Fachverfahren.xsd
    b08bc2a819e69a89ac049bb5aba3a7120451b41b63c5719d4571396ef85059ca xdomea-Nachrichten-FachverfahrensdatenAustauschen.xsd
    f12c279affde0aacb007307af434d21ef70bb6da8399c315df0a5ddf0173b47c xdomea-Nachrichten-GeschaeftsgangDurchfuehren.xsd
    4290de25b9e4835e8ed49f67bd44254791bf55de6b3bcf9cbe143d5ee0f9d8d3 xdomea-Nachrichten-InformationAustauschen.xsd
    1972c7b6b6a3c0e6049eb8bec65492fc2a80ff6557425d7875ed3208b79706d6 xdomea-Nachrichten-VBS.xsd
    7b0589c9edaae81886cf24de3f5eec50c49caaad15ab411108360306167e8562 xdomea-Nachrichten-ZwischenarchivierungDurchfuehren.xsd
    c7fef40e43876110ffe39967983eee9909d33b4fda18fc7e266ebffcbb9f9cf8 xdomea-Nachrichten-Zwischenarchivsystem.xsd
    1984ec3c3ad55502dcd5887018d53c01ca71bd897b9538b278374868ace40e31 xdomea-Typen-AbgabeDurchfuehren.xsd
    b1cd7dd0335c990d8b1dd28469736af14451e2c548d2d51d041ddb03e9897fba xdomea-Typen-AussonderungDurchfuehren.xsd
    25e663b2edb34f5a8c4a42f437ae7e7c0f8ccf1359a796e00873caf64e701c4f xdomea-Typen-FachverfahrensdatenAustauschen.xsd
    82c4ca0c619b0866f1d97d13a05782f5d4d97bfa9aa02910be2751517b8dcfed xdomea-Typen-GeschaeftsgangDurchfuehren.xsd
    48918630e39622a471b853240d8c7e919126bd33a7b16c71ff06b1bd18324e0c xdomea-Typen-ZwischenarchivierungDurchfuehren.xsd
    c06f51a2861c2158b41fbca9032905b29638d9627ce98f8c15aa50cacf9e1040 xdomea.xsd
    15249c765c2effe04ec7c2ba7aa871e036e38fde022303cd71794c56f69fcdd0 xoev-code.xsd
  `),
  '3.1.0': table(`
    6431e19bbcc6a9c9bd05bf95c3020032b567ad5bd2da4e29e4f66b56257bf9da xdomea-Baukasten.xsd
    8db147d7ae3f6251ba59bddd47d0bcd8c4c2531c3819f375574e80d2b6779d85 xdomea-Datentypen.xsd
    5fecdb74a2d096abab43a475562bafb7ae89ddb9089c4fa6e60e9c1ddfa257bb xdomea-Nachrichten-AbgabeDurchfuehren.xsd
    d5053a628160d199d9726f7ca2da6d3f73bdd893554da96f2d80a0f24a0a8c1d xdomea-Nachrichten-AktenplanAustauschen.xsd
    4e05dd73f904d3095be792e79b7cfbc9f96e29f9627234fd8bac69dd335cc12e xdomea-Nachrichten-Archivsystem.xsd
    ac33ee3f7cff0d5820d514a96a7e419beb13a9e9c287b102d12d087270d970ac xdomea-Nachrichten-AussonderungDurchfuehren.xsd
    6eb39af149d41fce68c8aed9f867cc0631b74707113b727ced4d098df216443f xdomea-Nachrichten-DMS.xsd
    363285a8605e9dd9c4134b4fd833d59ffbabbb03da389ad561d807715dc8171e xdomea-Nachrichten-Fachverfahren.xsd
    95258271bd12fd5a92cdc7570a923e31e3710a944b6a5a48d9459d9a9589de2b xdomea-Nachrichten-FachverfahrensdatenAustauschen.xsd
    2156898abe6eeeb691786bb0315bd44260eaa8c840d1716fee7f091fca581495 xdomea-Nachrichten-GeschaeftsgangDurchfuehren.xsd
    90d3c9734833a1e4a3d90f721d78cb5edda53e742c46e50db4bad7d53132fa96 xdomea-Nachrichten-InformationAustauschen.xsd
    9c21605d0fce49d9fb5d859b980a3f13faec4ae231de1573fbdec5a545e83a5d xdomea-Nachrichten-VBS.xsd
    bff5673453c476912f785687d548a559c4d784b6c6c7b3e1e12e9a8eaa8c7b28 xdomea-Nachrichten-ZwischenarchivierungDurchfuehren.xsd
    5a9977350a33e99deabcf3c191c05e4360cb114d4cf687a111d4fb682195e0fa xdomea-Nachrichten-Zwischenarchivsystem.xsd
    4468949596fc08f9b190b00197548d1b704a535d1afc906c37325ec634375eac xdomea-Typen-AbgabeDurchfuehren.xsd
    7ff87fe740a2da83dc04ee189f680a560b8ec128ddcac748d5842423064ccecf xdomea-Typen-AussonderungDurchfuehren.xsd
    067f32d40aa327a72659db85fdb64b112a92e0755cbd860b0d8237a57c5d689e xdomea-Typen-FachverfahrensdatenAustauschen.xsd
    51ff3e87fe1507d4c23450f97cfca3c0503a94a4009040f7585ec5300897af83 xdomea-Typen-GeschaeftsgangDurchfuehren.xsd
    8c9710c4858d26ac6ec534bce997e7c1d92ac1491ca2a870aac30bd54c0ca168 xdomea-Typen-ZwischenarchivierungDurchfuehren.xsd
    b51def37232b8699c0624a0fd2f5935d47abcf8a8e95c3236caf1baeb430e60d xdomea.xsd
    15249c765c2effe04ec7c2ba7aa871e036e38fde022303cd71794c56f69fcdd0 xoev-code.xsd
  `),
};

function table(lines: string): ReadonlyMap<string, string> {
  return new Map(
    lines
      .trim()
      .split('\n')
      .map((line) => {
        const [sha256, name] = line.trim().split(' ');
        return [name!, sha256!];
      }),
  );
}
