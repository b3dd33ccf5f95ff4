### Yr hyn y mae tudalen y neges, yr ateb a'r sesiwn yn ei ddweud heblaw web.ftl. `npm run texts` in viewer/web makes src/texts/cy.ts of both.

## Ar y ffordd

message-cancel = Canslo
message-cancelling = Canslo nôl { $name }
message-cancelled = Rydych wedi’i ganslo. Ni chadwyd dim.
message-percent = { $percent }% o { $size }
message-partResumes = Nid oedd modd nôl { $name } yn gyfan. Cadwyd yr hyn sydd wedi cyrraedd: gwiriwch eich cysylltiad a rhowch gynnig arall arni.
message-partSlowDown = Nid oedd modd nôl { $name }, am fod gormod o geisiadau o’ch rhwydwaith. Ni wnaethoch ddim o’i le.
message-partServer = Nid oedd modd nôl { $name }, oherwydd problem ar ein hochr ni. Rhowch gynnig arall arni ymhen ychydig funudau.
message-partKept = Cadwyd yr hyn sydd wedi cyrraedd.
message-copyName = copi o’r neges
message-allFiles = yr holl atodiadau
message-zipName = Atodiadau { $reference }.zip
message-zipHint = Yr holl atodiadau mewn un ffeil ZIP, tua { $size }.
message-zipMissing = Nid oedd modd darllen yr atodiadau hyn, ac nid ydynt yn y ffeil ZIP: { $names }. Defnyddiwch “Lawrlwytho copi” i gadw’r neges gyfan, a’i hagor mewn rhaglen e-bost.

## Drafft

draft-willBe = Cedwir yr hyn a ysgrifennwch ar y ddyfais hon, wedi’i selio, nes ichi ei anfon.
draft-saved = Cadwyd y drafft { $time }
draft-notSaved = Ni ellir cadw eich drafft ar y ddyfais hon. Peidiwch â chau’r dudalen hon cyn ichi ei anfon.
draft-waiting = Dechreusoch ateb ar { $date }. Cedwir ef ar y ddyfais hon, wedi’i selio. Bydd “Ateb yn ddiogel” yn parhau ag ef.
draft-missing = Nid oedd modd cadw rhai o’i ffeiliau. Ychwanegwch nhw eto.
draft-delete = Dileu’r drafft
draft-deleted = Dilëwyd y drafft.
draft-ended = Cedwir yr hyn a ysgrifennoch yn eich ateb ar y ddyfais hon, wedi’i selio. Daw yn ôl ar ôl y cod newydd.
draft-closeTitle = Nid ydych wedi anfon eich ateb
draft-close = Os caewch y neges yn awr, caiff eich drafft ei ddileu.
draft-closeBack = Yn ôl i’m hateb
draft-closeAnyway = Dileu’r drafft a chau

## Negeseuon ynghlwm, cofnodion calendr, post wedi'i lofnodi

message-open = Agor
message-opening = Agor { $name } yma
message-closing = Cau { $name }
protection-smime-signed = Llofnododd yr anfonwr y neges hon ag S/MIME. Ni chaiff y llofnod ei wirio yma. I’w wirio, lawrlwythwch gopi a’i agor mewn rhaglen e-bost.
protection-smime-encrypted = Amgryptiodd yr anfonwr y neges hon ag S/MIME cyn iddi ein cyrraedd, felly ni ellir ei dangos yma. Lawrlwythwch gopi a’i agor yn y rhaglen e-bost sydd â’ch tystysgrif.
protection-pgp-signed = Llofnododd yr anfonwr y neges hon ag OpenPGP. Ni chaiff y llofnod ei wirio yma. I’w wirio, lawrlwythwch gopi a’i agor mewn rhaglen e-bost.
protection-pgp-encrypted = Amgryptiodd yr anfonwr y neges hon ag OpenPGP cyn iddi ein cyrraedd, felly ni ellir ei dangos yma. Lawrlwythwch gopi a’i agor yn y rhaglen sydd â’ch allwedd.
calendar-when = Pryd
calendar-where = Ble
calendar-organiser = Trefnydd
calendar-fromTo = { $start } hyd at { $end }
calendar-inZone = { $time } (cylchfa amser “{ $zone }”)
calendar-repeats = Mae’n ailadrodd. Lawrlwythwch ef i weld pob dyddiad.
calendar-cancelled = Canslwyd yr apwyntiad hwn.
calendar-noSummary = Apwyntiad
calendar-none = Ni ellir darllen y cofnod calendr hwn. Lawrlwythwch ef yn lle hynny.
calendar-hint = I’w roi yn eich calendr, lawrlwythwch ef a’i agor yno. Ni chaiff neb wybod eich bod wedi edrych arno.

## Atebion a anfonwyd

thread-title = Eich atebion
thread-sent = Eich ateb, { $date }
thread-hint = Gallwch ddarllen eich atebion yma, ar unrhyw ddyfais, cyhyd ag y bydd y neges ar gael. Fe’u cedwir wedi’u selio, ac maent yn agor gyda’ch dolen a chod diogelwch yn unig.
thread-cut = Mae gweddill yr ateb hwn yn rhy hir i’w ddangos yma. Anfonwyd y cyfan ohono.
thread-unreadable = Ni ellir dangos rhywfaint o’r hyn a anfonoch yma, am nad yw ei gopi’n agor gyda’r ddolen hon. Ni newidiodd hynny’r hyn a anfonoch.
thread-unreached = Nid oedd modd chwilio am atebion a anfonoch o ddyfais arall. Gwiriwch eich cysylltiad ac agorwch y neges eto.
later-title = Yn ddiweddarach yn y sgwrs hon
later-one = Anfonwyd neges i’r blwch post hwn ar { $date }, cyfeirnod { $reference }
later-hint = I agor neges ddiweddarach, chwiliwch am yr e-bost sydd â’i chyfeirnod hi. Mae ganddo ei ddolen ei hun.
