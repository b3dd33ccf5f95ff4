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
