### Yr hyn y mae tudalen y neges, yr ateb a'r sesiwn yn ei ddweud heblaw web.ftl. `npm run texts` in viewer/web makes src/texts/cy.ts of both.

## Ar y ffordd

message-cancel = Canslo
message-cancelling = Canslo nôl { $name }
message-cancelled = Rydych wedi’i ganslo. Ni chadwyd dim.
message-percent = { $percent }% o { $size }
message-partResumes = Nid oedd modd nôl { $name } yn gyfan. Cadwyd yr hyn sydd wedi cyrraedd: gwiriwch eich cysylltiad a rhowch gynnig arall arni.
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
