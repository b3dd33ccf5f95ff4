### Tudalennau y mae'r gweinydd yn eu gwneud. Pages that the server renders.

## Landing, until the script has taken over

landing-title = Mae gennych neges ddiogel
landing-h1 = Mae gennych neges ddiogel.
landing-from = Oddi wrth
landing-reference = Cyfeirnod
landing-reference-hint = Gwiriwch ei fod yr un fath â’r un yn eich e-bost.
landing-script-h2 = Mae angen JavaScript ar y dudalen hon
landing-script-lead = Mae eich neges dan glo. Caiff ei datgloi ar eich dyfais eich hun, fel na all ein gweinydd ei darllen. Mae angen JavaScript ar eich porwr i wneud hynny, ac mae wedi’i ddiffodd.
landing-script-on = Trowch JavaScript ymlaen yng ngosodiadau eich porwr, yna llwythwch y dudalen hon eto.
landing-script-other = Neu agorwch y ddolen o’ch e-bost mewn porwr arall neu ar ddyfais arall.
landing-script-phone = Neu ffoniwch { $organisation } ar { $phone } a rhowch y cyfeirnod o’ch e-bost. Gallant anfon y neges mewn ffordd arall.
landing-slow = Os nad oes dim arall yn ymddangos yma, efallai fod eich porwr yn rhy hen i agor y neges hon. Defnyddiwch Chrome neu Edge 109, Firefox 115, Safari 15.4, neu ddiweddarach. Neu ffoniwch { $organisation } ar { $phone }.

## What became of a message, for its sender, until the script has taken over

sender-title = Beth ddigwyddodd i’ch neges
sender-h1 = Beth ddigwyddodd i’ch neges
sender-script = Mae’n dangos pwy sydd wedi agor eich neges, ac yn gadael ichi ei thynnu’n ôl tra gellir ei hagor. Mae JavaScript wedi’i ddiffodd yn eich porwr. Trowch ef ymlaen yn y gosodiadau, yna llwythwch y dudalen hon eto; neu agorwch y ddolen mewn porwr arall; neu ffoniwch { $organisation } ar { $phone }.

## Home

home-title = Negeseuon diogel
home-lead = Mae { $organisation } yn defnyddio’r gwasanaeth hwn i anfon negeseuon cyfrinachol at bobl y tu allan.
home-how = I ddarllen neges, defnyddiwch y ddolen yn yr e-bost a roddodd wybod ichi amdani. Mae gan bob neges ei dolen ei hun. Nid oes angen mewngofnodi yma.
home-link-h2 = Os nad yw eich dolen yn gweithio
home-link-whole = Defnyddiwch y ddolen gyfan. Mae rhai rhaglenni e-bost yn ei thorri ar ddiwedd llinell.
home-link-key = Os yw’n dal wedi’i thorri, agorwch gymaint ohoni ag sydd yno. Bydd y dudalen wedyn yn gofyn am allwedd y neges sydd wedi’i hargraffu o dan y ddolen.
home-link-until = Dim ond am amser penodol y gellir darllen neges. Mae’r e-bost yn dweud tan bryd.
home-genuine = Sut i wybod a yw e-bost am neges ddiogel yn ddilys

## Genuine

genuine-title = A yw hyn yn ddilys?
genuine-lead = Rydych yn iawn i ofyn. Mae’r gwiriadau hyn yn cymryd munud.
genuine-email-h2 = Gwiriwch yr e-bost
genuine-email-names = Mae’n enwi { $organisation }, nid oes atodiad na llun ynddo, ac mae un ddolen ar gyfer pob neges.
genuine-email-link = Caiff y ddolen ei dangos yn llawn, ac mae’n mynd i’r cyfeiriad y mae’n ei ddangos.
genuine-email-calm = Nid yw’n eich brysio.
genuine-page-h2 = Gwiriwch y dudalen
genuine-page-address = Mae’r bar cyfeiriad yn dechrau â https:// a’r cyfeiriad sydd wedi’i argraffu yn yr e-bost.
genuine-page-reference = Y cyfeirnod ar y dudalen yw’r cyfeirnod yn yr e-bost.
genuine-never-h2 = Yr hyn na fyddwn byth yn gofyn amdano
genuine-never-password = Cyfrinair, i’r gwasanaeth hwn nac unrhyw wasanaeth arall.
genuine-never-bank = Manylion banc neu daliad.
genuine-never-identity = Llun o ddogfen adnabod.
genuine-never-code = Y cod diogelwch dros y ffôn, drwy neges destun neu e-bost. Dim ond ar y dudalen y byddwch yn ei deipio.
genuine-unsure-h2 = Os nad ydych yn siŵr
genuine-unsure = Ffoniwch { $organisation } ar rif yr ydych yn ei ddefnyddio fel arfer, er enghraifft un o lythyr neu o’i wefan ei hun. Darllenwch y cyfeirnod yn uchel. Rhif y llinell gymorth yw { $phone }.
genuine-program-h2 = I bobl sydd am wirio’r rhaglen
genuine-program = Caiff negeseuon eu hagor gan sgript yn eich porwr. Gall unrhyw un adeiladu’r sgript honno o’i ffynhonnell a chymharu:
genuine-program-link = crynodebau o’r ffeiliau y mae’r safle hwn yn eu darparu

## Privacy

privacy-title = Preifatrwydd
privacy-lead = Mae’r dudalen hon yn sôn am y gwasanaeth sy’n danfon y neges. I gael gwybod beth y mae { $organisation } yn ei wneud â gwybodaeth amdanoch, ffoniwch { $phone } a gofynnwch am yr hysbysiad preifatrwydd.
privacy-read-h2 = Yr hyn y gallwn ei ddarllen
privacy-read-sealed = Caiff y neges ei selio cyn ei storio. Mae’r allwedd wedi’i rhannu’n ddwy: mae un hanner yn eich dolen, a’r llall yma. Nid yw’r naill hanner na’r llall yn agor dim ar ei ben ei hun.
privacy-read-browser = Caiff y neges ei hagor yn eich porwr. Ni all y gweinydd sy’n ei chadw ei darllen.
privacy-read-escrow = Gall sefydliad gadw ei allwedd ei hun, all-lein, sy’n gallu agor y neges. Lle mae un, mae’r e-bost a thudalen y neges yn dweud hynny.
privacy-read-sender = Mae systemau’r anfonwr yn gweld y neges pan gaiff ei hanfon, a’ch ateb pan fydd yn cyrraedd.
privacy-keep-h2 = Yr hyn rydym yn ei gadw
privacy-keep-address = Eich cyfeiriad e-bost, ar ffurf wedi’i selio, fel y gallwn anfon yr hysbysiad, nodiadau atgoffa a’r cod diogelwch atoch.
privacy-keep-times = Pryd y gofynnwyd am god, a phryd y cafodd y neges ei hagor, ei lawrlwytho neu ei hateb. Gall yr anfonwr weld hyn.
privacy-keep-language = Yr iaith a ddewisoch, fel y bydd negeseuon e-bost diweddarach yn yr iaith honno. Bydd yn mynd pan fydd cofnodion eich negeseuon yn mynd.
privacy-keep-message = Y neges wedi’i selio, tan y dyddiad ar y dudalen. Yna caiff ei dileu.
privacy-keep-replies = Copi byr wedi’i selio o bob ateb a anfonwch, er mwyn ichi allu ei ddarllen eto, cyhyd ag y cedwir y neges. Eich dolen a chod diogelwch yn unig sy’n ei agor. Caiff yr ateb ei hun ei ddileu yma pan fydd system e-bost yr anfonwr wedi’i dderbyn.
privacy-worth-h2 = Gwerth y cod diogelwch
privacy-worth = Mae’r cod yn dangos eich bod yn gallu darllen y blwch post. Nid yw’n profi pwy ydych chi. Gall unrhyw un sy’n gallu darllen eich blwch post nawr ddarllen y neges hefyd.
privacy-not-h2 = Yr hyn nad ydym yn ei wneud
privacy-not-tracking = Nid oes dim tracio, dim hysbysebu, a dim llun na sgript o unrhyw le arall.
privacy-not-others = Wrth ichi ddarllen neges, dim ond â’r safle hwn y mae eich porwr yn siarad.

## Accessibility

accessibility-title = Hygyrchedd
accessibility-lead = Rydym am i bawb allu darllen ac ateb neges ddiogel. Dylech allu:
accessibility-keyboard = defnyddio pob tudalen â bysellfwrdd yn unig
accessibility-reader = defnyddio pob tudalen â darllenydd sgrin
accessibility-zoom = chwyddo hyd at 400% heb orfod sgrolio i’r ochr
accessibility-colours = newid lliwiau, cyferbyniad a ffontiau, a defnyddio sgrin dywyll
accessibility-time = cymryd eich amser: mae’r dudalen yn gofyn cyn cau neges nad ydych yn ei defnyddio
accessibility-language = darllen pob tudalen yn Gymraeg neu yn Saesneg
accessibility-how-h2 = Pa mor hygyrch yw’r gwasanaeth
accessibility-how = Ein nod yw cydymffurfio â’r Canllawiau Hygyrchedd Cynnwys Gwe 2.2, lefel AA, ar bob tudalen. Ni wyddom am un o’n tudalennau nad yw’n cydymffurfio; isod mae’r hyn a wyddom.
accessibility-limits-h2 = Beth efallai na fydd yn gweithio i chi
accessibility-limits-sender = Yr anfonwr a wnaeth y neges ei hun a’i ffeiliau, ac efallai nad ydynt yn cydymffurfio. Mae “Dangos fel testun plaen” yn helpu gyda llawer o negeseuon.
accessibility-limits-pdf = Eich porwr sy’n dangos PDF. Os nad yw hynny’n gweithio i chi, lawrlwythwch ef a’i agor â’r rhaglen rydych yn ei defnyddio.
accessibility-limits-time = Mae cod diogelwch yn gweithio am 15 munud, a gallwch ofyn am un arall. Mae neges yn cau ar ôl 20 munud heb ei defnyddio, a gallwch ohirio hynny, ac ar ôl 8 awr beth bynnag. Mae drafft o ateb yno eto ar ôl y cod nesaf, tra bo’r neges ar gael.
accessibility-limits-reply = Unwaith y bydd neges wedi’i thynnu’n ôl neu ei hamser ar ben, ni ellir ei darllen na’i hateb yma.
accessibility-tested-h2 = Sut y cafodd ei brofi
accessibility-tested = Mae gwneuthurwyr y rhaglen yn profi pob fersiwn, yn Gymraeg ac yn Saesneg: pob tudalen gan wiriwr (axe), yr holl ffordd o’r e-bost i’r ateb â bysellfwrdd yn unig, ar 320 picsel a chwyddo 400%, â thestun ddwywaith mor fawr, mewn lliwiau gorfodol, â sgrin dywyll ac â llai o symudiad.
accessibility-untested = Ni chafodd ei brofi gan archwilydd annibynnol, nac yn y porwyr sydd wedi’u cynnwys mewn apiau e-bost. Os yw eich ap e-bost yn dangos y dudalen yn wael, agorwch y ddolen yn eich porwr arferol.
accessibility-browsers-h2 = Pa borwyr sy’n gweithio
accessibility-browsers = Chrome ac Edge 109, Firefox 115, Safari ar iPhone, iPad a Mac 15.4, Samsung Internet 20, a fersiynau diweddarach. Dywedir wrth borwr hŷn beth sydd ar goll, cyn i ddim gael ei anfon.
accessibility-help-h2 = Os nad yw rhywbeth yn gweithio i chi
accessibility-help = Ffoniwch { $organisation } ar { $phone }. Dywedwch beth aeth o’i le a pha borwr a meddalwedd rydych yn eu defnyddio. Gallwch hefyd ofyn am y neges mewn print bras, mewn iaith arall, neu mewn ffordd arall.
accessibility-complain = Os nad ydych yn fodlon ar yr ateb, gall y Gwasanaeth Cynghori a Chymorth Cydraddoldeb eich cynghori yng Nghymru, Lloegr a’r Alban, a’r Comisiwn Cydraddoldeb yng Ngogledd Iwerddon.

## Cookies

cookies-title = Cwcis
cookies-lead = Mae’r gwasanaeth hwn yn gosod un cwci. Mae’n hanfodol, felly nid ydym yn gofyn ichi amdano.
cookies-name = Enw
cookies-name-value = __Host-sealpost-… (mae gan bob neges ei un ei hun)
cookies-does = Yr hyn y mae’n ei wneud
cookies-does-value = Mae’n cofio bod y porwr hwn wedi gofyn am god diogelwch, a bod y cod yn gywir.
cookies-set = Gosodir
cookies-set-value = Pan fyddwch yn gofyn am god. Nid yw agor y ddolen yn gosod dim.
cookies-lasts = Mae’n para
cookies-lasts-value = Hyd nes ichi gau’r neges, ar ôl 20 munud heb ddefnydd, neu ar ôl 8 awr.
cookies-tab = Mae’r dudalen hefyd yn nodi, ar gyfer ei thab ei hun yn unig, bod cod wedi’i ofyn amdano ac i ble yr aeth. Mae’r nodyn yno fel y gall ffôn ddod yn ôl i’r dudalen ar ôl chwilio am y cod. Mae’n mynd pan fyddwch yn cau’r neges neu’r tab.
cookies-language = Os dewiswch iaith ar dudalen neges, mae’r porwr hwn yn cadw’r dewis hwnnw, un gair, fel na fydd angen dewis eto. Ni chedwir dim os na ddewiswch iaith.
cookies-writing = Cedwir yr hyn a ysgrifennwch mewn ateb, ac atebion a anfonoch o’r ddyfais hon, arni wedi’u selio, fel y gallwch barhau neu eu darllen eto. Dim ond eich dolen ynghyd â chod diogelwch newydd sy’n eu hagor. Mae drafft yn mynd pan fyddwch yn ei anfon neu’n cau’r neges.

## Problems

not-found-title = Heb ddod o hyd i’r dudalen
not-found-address = Os gwnaethoch deipio’r cyfeiriad, gwiriwch ei fod yn gywir. Os gwnaethoch ddilyn dolen, gwiriwch eich bod wedi defnyddio’r ddolen gyfan: mae rhai rhaglenni e-bost yn ei thorri.
not-found-message = Os oeddech yn chwilio am neges, ewch yn ôl i’r e-bost ac agorwch ei dolen eto.
problem-title = Mae’n ddrwg gennym, mae problem
problem-internal = Aeth rhywbeth o’i le ar ein hochr ni. Ni chollwyd dim. Rhowch gynnig arall arni ymhen ychydig funudau.
problem-method-title = Ni all y dudalen hon wneud hynny
problem-method = Nid oes modd defnyddio’r cyfeiriad hwn yn y ffordd honno.
problem-refused-title = Ni wnaethom hynny
problem-refused = Daeth y cais hwn o wefan arall, felly ni wnaethom ddim.
problem-slow-down-title = Arhoswch funud
problem-slow-down = Roedd gormod o geisiadau ar unwaith. Arhoswch funud a rhowch gynnig arall arni.
problem-busy-title = Mae’n ddrwg gennym, mae’r gwasanaeth yn brysur
problem-busy = Mae’r gwasanaeth yn brysur. Ni chollwyd dim. Rhowch gynnig arall arni ymhen ychydig funudau.
problem-request = Nid oedd modd darllen y cais. Ewch yn ôl i’r e-bost ac agorwch ei ddolen eto.
