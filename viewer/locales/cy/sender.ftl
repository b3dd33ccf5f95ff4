### Tudalen yr un a anfonodd neges. `npm run texts` in viewer/web makes src/texts/cy.ts of it, with the others.

sender-title = Beth ddigwyddodd i’ch neges
sender-h1 = Beth ddigwyddodd i’ch neges
sender-lead = Gweld pwy sydd wedi agor eich neges, a’i thynnu’n ôl os aeth at y person anghywir. Yn gyntaf, rhaid inni wirio eich bod yn gallu darllen y blwch post yr anfonwyd hi ohono.
sender-leadOver = Gweld pwy sydd wedi agor eich neges, a phryd. Yn gyntaf, rhaid inni wirio eich bod yn gallu darllen y blwch post yr anfonwyd hi ohono.
sender-fetching = Wrthi’n edrych beth ddigwyddodd iddi…
sender-asOf = Fel yr oedd
sender-again = Gwirio eto
sender-checked = Dyma sut yr oedd am { $time }.

## Where a recipient stands

sender-telling = Heb gael gwybod eto
sender-told = Heb ei hagor eto
sender-opened =
    { $n ->
        [zero] Heb ei hagor
        [one] Agorwyd unwaith
        [two] Agorwyd ddwywaith
        [few] Agorwyd 3 gwaith
        [many] Agorwyd 6 gwaith
       *[other] Agorwyd { $n } gwaith
    }
sender-disowned = Nid ar gyfer y person hwn
sender-withdrawn = Wedi’i thynnu’n ôl
sender-over = Ddim ar gael mwyach
sender-failed = Ni ellid rhoi gwybod
sender-cameBack = Daeth yr e-bost yn ôl
sender-stopped = Wedi’i dal yn ôl
sender-passingOn = Wrthi’n cael ei phasio ymlaen
sender-passedOn = Pasiwyd ymlaen fel e-bost cyffredin
sender-tellingWhy = Nid yw’r e-bost gyda’r ddolen wedi gadael eto. Rydym yn dal i geisio.
sender-failedWhy = Cawsoch e-bost ar wahân am hyn.
sender-disownedWhy = Dywedodd rhywun oedd â’r ddolen nad yw’r neges ar ei gyfer. Mae’r ddolen wedi’i chau. Os dylai’r person ei chael, gwiriwch y cyfeiriad ac anfonwch hi eto.
sender-cameBackWhy = Daeth yr e-bost gyda’r ddolen yn ôl ar ôl iddo adael. Cawsoch e-bost ar wahân am hyn.
sender-stoppedWhy = Ni fydd dim mwy yn digwydd nes bydd y bobl sy’n rhedeg y gwasanaeth hwn wedi edrych arni. Maent wedi cael gwybod.
sender-copyWhy = Mae system bost y person hwn yn cymryd e-bost cyfrinachol dros gysylltiad wedi’i amddiffyn, felly nid oes dolen. Ni all neb weld o’r fan hon a gafodd ei darllen, ac ni ellir ei thynnu’n ôl.

## What happened, with when

sender-didSeal = Cymerwyd a seliwyd
sender-didTake = Cymerwyd
sender-didNotify = Cymerodd y system bost nesaf yr e-bost gyda’r ddolen
sender-handedTls = I { $host }, dros { $version } ({ $cipher })
sender-handedClear = I { $host }, heb TLS
sender-didPass = Cymerodd y system bost nesaf y neges
sender-didAsk =
    { $n ->
        [zero] Ni ofynnwyd am god diogelwch
        [one] Gofynnwyd am god diogelwch
        [two] Gofynnwyd am god diogelwch, ddwywaith hyd yma
        [few] Gofynnwyd am god diogelwch, 3 gwaith hyd yma
        [many] Gofynnwyd am god diogelwch, 6 gwaith hyd yma
       *[other] Gofynnwyd am god diogelwch, { $n } gwaith hyd yma
    }
sender-didOpen = Agorwyd gyda chod diogelwch
sender-didFetch = Nôlwyd atodiadau, lluniau neu gopi. Ni allwn weld pa rai.
sender-didRemind = Gofynnwyd am nodyn atgoffa, neu gynnig arall
sender-didReply = Anfonwyd ateb diogel atoch
sender-didExpose = Newidiodd rhywbeth y ddolen ar ei ffordd, a gwelwyd hi gan weinydd na ddylai fod wedi’i gweld. Nid yw’n agor dim heb god diogelwch.
sender-didWish = Gofynnwyd am fwy o amser
sender-didExtend = Ar gael am fwy o amser, tan { $date }
sender-didDisown = Dywedodd nad yw ar ei gyfer
sender-didWithdraw = Tynnwyd yn ôl
sender-didEnd = Daeth ei hamser i ben
sender-until = Gellir ei hagor tan { $date }.

## More time

sender-extend = Ei chadw ar gael tan { $date }
sender-extended = Gellir ei hagor am fwy o amser nawr.

## Telling a recipient again

sender-remind = Atgoffa
sender-remindWhom = Atgoffa { $address }
sender-remindMeans = Mae hyn yn anfon e-bost byr atynt sy’n dweud pa e-bost i chwilio amdano, gyda’i gyfeirnod a’i ddyddiad. Nid oes dolen ynddo: nid yw gennym mwyach. Unwaith yr awr, tair gwaith i gyd.
sender-retry = Ceisio eto nawr
sender-retryWhom = Ceisio eto nawr i roi gwybod i { $address }
sender-retryMeans = Mae hyn yn ceisio eto ar unwaith. Unwaith yr awr, tair gwaith i gyd.
sender-remindLater = Gallwch eu hatgoffa eto o { $date }.
sender-remindedOften = Fe’u hatgoffwyd dair gwaith. Ffoniwch nhw, neu anfonwch eich neges eto.
sender-reminded = Mae nodyn atgoffa ar ei ffordd.
sender-retried = Rydym yn ceisio eto nawr.

## The evidence

sender-evidence = Lawrlwytho’r dystiolaeth
sender-evidenceMeans = Mae’r dystiolaeth yn ffeil gyda phob cofnod sydd ar y dudalen hon, yn UTC, a’r hyn y mae’n ei brofi a’r hyn nad yw’n ei brofi.
sender-evidenceName = Tystiolaeth { $reference }.json
sender-proof1 = Gwnaed y ffeil hon ym mhorwr rhywun a oedd â dolen y dderbynneb ac a deipiodd god diogelwch a anfonwyd i’r blwch post yr anfonwyd y neges ohono. Nid yw wedi’i llofnodi: yr hyn sy’n cyfrif yw cofnod y gwasanaeth yn { $origin }, y gall ei weithredwr ei gymharu.
sender-proof2 = Mae “Agorwyd” yn profi bod rhywun â’r ddolen wedi teipio’r cod diogelwch a anfonwyd i’r blwch post hwnnw. Mae’n profi rheolaeth dros y blwch post ar y foment honno, ac nid pwy oedd hwnnw, na bod y neges wedi’i darllen.
sender-proof3 = Mae “Cymerodd yr e-bost” yn profi bod y system bost nesaf wedi dweud bod yr e-bost ganddi. Nid yw’n profi bod yr e-bost wedi cyrraedd y blwch post.
sender-proof4 = Mae “Nôlwyd” yn profi bod mwy na’r testun wedi’i nôl yn yr ymweliad hwnnw. Ni all y gwasanaeth weld pa atodiad oedd.
sender-proof5 = Gall yr hyn a agorwyd cyn i’r neges gael ei thynnu’n ôl fod wedi’i gopïo. Ni ellir tynnu copïau a agorwyd yn ôl.
sender-proof6 = Nid yw cofnod sydd ar goll yn profi dim: roedd rhaglenni hŷn yn cofnodi llai, ac o blith llawer o agoriadau dim ond y rhai diweddaraf a restrir.

## Withdrawing

sender-withdraw = Tynnu’n ôl
sender-withdrawFrom = Tynnu’n ôl oddi wrth { $address }
sender-withdrawAll = Tynnu’n ôl oddi wrth bawb
sender-confirmTitle = Tynnu eich neges yn ôl?
sender-confirmOne = Ni fydd { $address } yn gallu ei hagor wedyn. Os yw ar agor ar hyn o bryd, bydd yn cau. Ni ellir tynnu copïau a wnaed yn barod yn ôl. Ni allwch ddadwneud hyn.
sender-confirmAll = Ni fydd neb yn gallu ei hagor wedyn. Os yw ar agor ar hyn o bryd, bydd yn cau. Ni ellir tynnu copïau a wnaed yn barod yn ôl. Ni allwch ddadwneud hyn.
sender-confirmKeep = Ei chadw ar gael
sender-confirmDo = Ei thynnu’n ôl
sender-withdrawing = Wrthi’n ei thynnu’n ôl…
sender-doneTitle = Ni allwch gymryd yn ôl yr hyn a agorwyd yn barod
sender-doneOpened = Tynnwyd hi’n ôl, ond roedd y bobl hyn wedi’i hagor, ac efallai eu bod wedi cadw copi:
sender-doneNobody = Tynnwyd hi’n ôl cyn i neb ei hagor.

## Around it

sender-means = Mae “agorwyd” yn golygu bod gan rywun y ddolen a’i fod wedi teipio’r cod diogelwch a anfonwyd i’r blwch post hwnnw. Nid yw’n profi pwy oedd hwnnw.
sender-closeButton = Cau’r dudalen hon
sender-warn =
    { $n ->
        [zero] Nid ydych wedi gwneud dim ers tro. Er mwyn preifatrwydd y bobl a enwir yma, bydd y dudalen hon yn cau nawr.
        [one] Nid ydych wedi gwneud dim ers tro. Er mwyn preifatrwydd y bobl a enwir yma, bydd y dudalen hon yn cau ymhen 1 munud.
        [two] Nid ydych wedi gwneud dim ers tro. Er mwyn preifatrwydd y bobl a enwir yma, bydd y dudalen hon yn cau ymhen 2 funud.
        [few] Nid ydych wedi gwneud dim ers tro. Er mwyn preifatrwydd y bobl a enwir yma, bydd y dudalen hon yn cau ymhen 3 munud.
        [many] Nid ydych wedi gwneud dim ers tro. Er mwyn preifatrwydd y bobl a enwir yma, bydd y dudalen hon yn cau ymhen 6 munud.
       *[other] Nid ydych wedi gwneud dim ers tro. Er mwyn preifatrwydd y bobl a enwir yma, bydd y dudalen hon yn cau ymhen { $n } munud.
    }
sender-ending =
    { $n ->
        [zero] Dim ond am amser penodol y mae’r dudalen hon yn aros ar agor, a bydd yn cau nawr. Gallwch ei hagor eto gyda chod diogelwch newydd.
        [one] Dim ond am amser penodol y mae’r dudalen hon yn aros ar agor, a bydd yn cau ymhen 1 munud. Gallwch ei hagor eto gyda chod diogelwch newydd.
        [two] Dim ond am amser penodol y mae’r dudalen hon yn aros ar agor, a bydd yn cau ymhen 2 funud. Gallwch ei hagor eto gyda chod diogelwch newydd.
        [few] Dim ond am amser penodol y mae’r dudalen hon yn aros ar agor, a bydd yn cau ymhen 3 munud. Gallwch ei hagor eto gyda chod diogelwch newydd.
        [many] Dim ond am amser penodol y mae’r dudalen hon yn aros ar agor, a bydd yn cau ymhen 6 munud. Gallwch ei hagor eto gyda chod diogelwch newydd.
       *[other] Dim ond am amser penodol y mae’r dudalen hon yn aros ar agor, a bydd yn cau ymhen { $n } munud. Gallwch ei hagor eto gyda chod diogelwch newydd.
    }
sender-endedLead = Er mwyn preifatrwydd y bobl a enwir yma, caewyd y dudalen hon. Gallwch ei hagor eto gyda chod diogelwch newydd.
sender-closedH1 = Tudalen wedi’i chau
sender-closedLead = Tynnwyd yr hyn oedd yma o’r dudalen hon.
sender-closedAgain = I’w weld eto, defnyddiwch y ddolen yn eich e-bost.
sender-notFoundTitle = Ni allwn ddod o hyd i’r dudalen hon
sender-notFoundLead = Efallai nad yw’r ddolen yn gyflawn, neu fod ei hamser wedi dod i ben: dim ond am amser penodol ar ôl i neges ddod i ben y mae’r dudalen hon yno.
