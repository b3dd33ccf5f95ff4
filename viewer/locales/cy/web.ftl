### Yr hyn y mae'r porwr yn ei ddangos. `npm run texts` in viewer/web makes src/texts/cy.ts of it.

## Everywhere

error-prefix = Gwall:{" "}
error-summary = Mae problem
tryAgain = Rhoi cynnig arall arni
close = Cau
phoneUs = Ffoniwch { $organisation } ar { $phone }. Defnyddiwch rif sydd gennych yn barod, er enghraifft un o lythyr, os nad ydych yn siŵr am y dudalen hon.

## Landing

landing-title = Mae gennych neges ddiogel
landing-h1 = Mae gennych neges ddiogel.
landing-checking = Wrthi’n gwirio eich dolen…
landing-from = Oddi wrth
landing-sent = Anfonwyd
landing-until = Ar gael tan
landing-reference = Cyfeirnod
landing-referenceHint = Gwiriwch ei fod yr un fath â’r un yn eich e-bost.
landing-lead = Cyn ichi ei darllen, rhaid inni wirio eich bod yn gallu darllen y blwch post yr anfonwyd hi iddo. Byddwn yn anfon cod diogelwch atoch drwy e-bost.
landing-button = Anfonwch god diogelwch ataf drwy e-bost
landing-to = Byddwn yn ei anfon i { $address }.
landing-asking = Wrthi’n gofyn am god…
landing-exposed = Mae’r ddolen yn gweithio. Newidiodd rhaglen e-bost neu hidlydd hi ar ei ffordd atoch, ac efallai ei fod wedi cadw copi ohoni. Ni all neb agor y neges â’r copi hwnnw yn unig: mae angen y cod hefyd.
landing-genuine = A yw hyn yn ddilys?
landing-genuine1 = Edrychwch ar y bar cyfeiriad. Rhaid iddo ddechrau â { $origin }, a rhaid mai dyna’r cyfeiriad sydd yn eich e-bost.
landing-genuine2 = Rhaid i’r cyfeirnod ar y dudalen hon fod yr un fath â’r cyfeirnod yn eich e-bost.
landing-genuine3 = Os nad ydych yn siŵr, ffoniwch { $organisation } ar rif yr ydych yn ei ddefnyddio fel arfer, a darllenwch y cyfeirnod yn uchel.
landing-genuine4 = Ni fyddwn byth yn gofyn am gyfrinair, manylion banc, taliad na dogfen adnabod yma.
landing-notMe = Nid yw hon ar fy nghyfer i
landing-notMe1 = Peidiwch â gofyn am god. Caewch y ddolen yma, a dilëwch yr e-bost.
landing-notMe2 = Os byddai’n well gennych siarad â rhywun, ffoniwch { $organisation } ar { $phone } a rhowch y cyfeirnod { $reference }.
notMe-lead = Os anfonwyd hi atoch drwy gamgymeriad, caewch y ddolen yma, a dilëwch yr e-bost.
notMe-button = Rhowch wybod i’r anfonwr a chau’r ddolen
notMe-title = Onid i chi y mae’r neges hon?
notMe-ask = Byddwn yn rhoi gwybod i’r anfonwr, ac ni fydd y ddolen hon yn gweithio mwyach. Ni fydd neb yn gallu agor y neges â hi wedyn.
notMe-back = Yn ôl
notMe-yes = Iawn, caewch y ddolen
landing-formats = Print bras, iaith arall neu fformat arall
landing-formats1 = Ffoniwch { $organisation } ar { $phone } a rhowch y cyfeirnod { $reference }. Gallant anfon y neges mewn print bras, mewn iaith arall neu mewn ffordd arall.

## Message key

key-h1 = Nid yw eich dolen yn gyflawn
key-title = Allwedd y neges
key-lead = Mae rhan o’r ddolen ar goll. Mae rhai rhaglenni e-bost yn ei thorri. Gallwch fynd yn ôl i’r e-bost a rhoi cynnig ar y ddolen gyfan eto, neu ddefnyddio allwedd y neges sydd wedi’i hargraffu o dan y ddolen.
key-label = Allwedd y neges
key-hint = Grwpiau o bedair llythyren a rhif. Nid yw priflythrennau, bylchau na chysylltnodau yn bwysig.
key-button = Parhau
key-empty = Rhowch allwedd y neges o’ch e-bost
key-wrong = Nid yw allwedd y neges yn gywir. Gwiriwch bob grŵp yn erbyn eich e-bost

## Code

code-title = Edrychwch ar eich e-bost
code-h1 = Edrychwch ar eich e-bost.
code-sent =
    { $n ->
        [zero] Anfonwyd cod diogelwch i { $address } am { $time }. Mae ganddo 8 rhif ac nid yw’n gweithio mwyach.
        [one] Anfonwyd cod diogelwch i { $address } am { $time }. Mae ganddo 8 rhif ac mae’n gweithio am 1 munud.
        [two] Anfonwyd cod diogelwch i { $address } am { $time }. Mae ganddo 8 rhif ac mae’n gweithio am 2 funud.
        [few] Anfonwyd cod diogelwch i { $address } am { $time }. Mae ganddo 8 rhif ac mae’n gweithio am 3 munud.
        [many] Anfonwyd cod diogelwch i { $address } am { $time }. Mae ganddo 8 rhif ac mae’n gweithio am 6 munud.
       *[other] Anfonwyd cod diogelwch i { $address } am { $time }. Mae ganddo 8 rhif ac mae’n gweithio am { $n } munud.
    }
code-worth = Mae’r cod hwn yn dangos eich bod yn gallu darllen y blwch post hwn. Nid yw’n profi pwy ydych chi.
code-label = Cod diogelwch
code-hint = Er enghraifft, 1234 5678
code-button = Parhau
code-checking = Wrthi’n gwirio’r cod…
code-empty = Rhowch y cod diogelwch
code-shape = Rhaid i’r cod diogelwch fod ag 8 rhif
code-wrong =
    { $n ->
        [zero] Nid yw’r cod diogelwch yn gywir. Nid oes gennych gynnig ar ôl gyda’r cod hwn
        [one] Nid yw’r cod diogelwch yn gywir. Mae gennych 1 cynnig ar ôl gyda’r cod hwn
        [two] Nid yw’r cod diogelwch yn gywir. Mae gennych 2 gynnig ar ôl gyda’r cod hwn
        [few] Nid yw’r cod diogelwch yn gywir. Mae gennych 3 chynnig ar ôl gyda’r cod hwn
        [many] Nid yw’r cod diogelwch yn gywir. Mae gennych 6 chynnig ar ôl gyda’r cod hwn
       *[other] Nid yw’r cod diogelwch yn gywir. Mae gennych { $n } cynnig ar ôl gyda’r cod hwn
    }
code-wrongPlain = Nid yw’r cod diogelwch yn gywir
code-used = Nid yw’r cod diogelwch yn gywir, ac nid oes cynnig ar ôl gyda’r cod hwn. Anfonwch god arall
code-expired = Nid yw’r cod diogelwch hwn yn gweithio mwyach. Anfonwch god arall
code-none = Nid wyf wedi cael cod
code-none1 = Gall gymryd 2 funud i gyrraedd. Cadwch y dudalen hon ar agor.
code-none2 = Edrychwch yn eich ffolder sothach neu sbam.
code-none3 = Os nad { $address } yw eich cyfeiriad, ffoniwch { $organisation }.
code-resend = Anfon cod arall
code-resendIn =
    { $n ->
        [zero] Gallwch ofyn am god arall nawr.
        [one] Gallwch ofyn am god arall ymhen 1 eiliad.
        [two] Gallwch ofyn am god arall ymhen 2 eiliad.
        [few] Gallwch ofyn am god arall ymhen 3 eiliad.
        [many] Gallwch ofyn am god arall ymhen 6 eiliad.
       *[other] Gallwch ofyn am god arall ymhen { $n } eiliad.
    }
code-resendNow = Gallwch ofyn am god arall nawr.
code-resent = Anfonwyd cod arall i { $address } am { $time }.
code-wait = Rydym newydd anfon cod. Gallwch ofyn am un arall am { $time }

## Opening

opening-title = Wrthi’n agor eich neges
opening-h1 = Wrthi’n agor eich neges
opening-fetching = Wrthi’n nôl y neges wedi’i selio…
opening-opening = Wrthi’n ei hagor ar y ddyfais hon…
opening-bar = Wedi’i nôl hyd yma
opening-note = Caiff y neges ei hagor yn eich porwr. Ni all y gweinydd sy’n ei chadw ei darllen.

## Message

message-title = Eich neges ddiogel
message-noSubject = (dim pwnc)
message-from = Oddi wrth
message-to = At
message-cc = Copi at
message-sent = Anfonwyd
message-until = Ar gael tan
message-escrow = Mae { $organisation } yn cadw allwedd all-lein sy’n gallu agor y neges hon.
message-unknown = heb ei roi
message-bothTimes = { $time } (amser y DU), { $local } lle rydych chi
message-frame = Neges
message-empty = Nid oes testun yn y neges hon.
message-plain = Dangos fel testun plaen
message-formatted = Dangos gyda’i fformat
message-remote =
    { $n ->
        [zero] Ni chafodd unrhyw lun o’r rhyngrwyd ei adael allan.
        [one] Ni lwythwyd 1 llun o’r rhyngrwyd, fel na all neb weld eich bod wedi agor y neges hon.
        [two] Ni lwythwyd 2 lun o’r rhyngrwyd, fel na all neb weld eich bod wedi agor y neges hon.
        [few] Ni lwythwyd 3 llun o’r rhyngrwyd, fel na all neb weld eich bod wedi agor y neges hon.
        [many] Ni lwythwyd 6 llun o’r rhyngrwyd, fel na all neb weld eich bod wedi agor y neges hon.
       *[other] Ni lwythwyd { $n } llun o’r rhyngrwyd, fel na all neb weld eich bod wedi agor y neges hon.
    }
message-picture = llun heb ei ddangos
message-attachments = Atodiadau
message-view = Gweld
message-download = Lawrlwytho
message-downloadAll = Lawrlwytho popeth
message-viewing = Gweld { $name }
message-downloading = Lawrlwytho { $name }
message-fetching = Wrthi’n nôl { $name }…
message-fetched = Mae { $name } yn barod.
message-saved = Mae { $name } gyda’r pethau rydych wedi’u lawrlwytho.
message-partFailed = Nid oedd modd darllen { $name }. Defnyddiwch “Lawrlwytho copi” i gadw’r neges gyfan, a’i hagor mewn rhaglen e-bost.
message-partOffline = Nid oedd modd nôl { $name }. Gwiriwch eich cysylltiad a rhowch gynnig arall arni.
message-noViewer = Ni all y porwr hwn ddangos PDF ar dudalen.
message-badPicture = Nid oes modd dangos y llun hwn. Lawrlwythwch ef yn lle hynny.
message-unnamed = Atodiad { $n }
message-reply = Ateb yn ddiogel
message-print = Argraffu neu gadw fel PDF
message-copy = Lawrlwytho copi
message-copyHint = Mae “Lawrlwytho copi” yn cadw ffeil .eml y mae rhaglenni e-bost yn ei hagor. Cadwch hi yn rhywle preifat: nid yw wedi’i selio mwyach.
message-closeButton = Cau’r neges
message-sealed = Cadw’r ffeil wedi’i selio
message-sealed1 = I bobl sydd am wirio ein gwaith, neu gadw’r neges wedi’i selio. Mae’r rhaglen rad ac am ddim age (fersiwn 1.3 neu ddiweddarach) yn agor y ffeil hon gyda’r hunaniaeth isod, hebom ni a heb y rhyngrwyd.
message-sealed2 = Mae’r hunaniaeth yn agor y neges hon i unrhyw un sydd â hi, am byth. Peidiwch â’i hanfon at neb. Ni fydd neb o { $organisation } yn gofyn amdani. Cadwch hi ar wahân i’r ffeil.
message-sealedDownload = Lawrlwytho’r ffeil wedi’i selio
message-sealedShow = Dangos yr hunaniaeth
message-identity = Hunaniaeth y neges hon
message-printed = Argraffwyd ar { $date } o’r neges ddiogel { $reference } oddi wrth { $organisation }, a agorwyd gan { $address }.
message-printedPlain = Caiff fformat ei adael allan wrth argraffu.

## Reply

reply-title = Ateb yn ddiogel
reply-h1 = Ateb yn ddiogel
reply-to = At
reply-everyone = Anfon at y bobl hyn hefyd:
reply-subject = Pwnc
reply-text = Eich neges
reply-files = Ffeiliau
reply-limits = Gallwch ychwanegu hyd at { $files } ffeil, { $size } i gyd.
reply-add = Ychwanegu ffeiliau
reply-drop = neu eu gollwng yma
reply-remove = Tynnu
reply-removing = Tynnu { $name }
reply-added =
    { $n ->
        [zero] Ni chafodd unrhyw ffeil ei hychwanegu.
        [one] Ychwanegwyd 1 ffeil.
        [two] Ychwanegwyd 2 ffeil.
        [few] Ychwanegwyd 3 ffeil.
        [many] Ychwanegwyd 6 ffeil.
       *[other] Ychwanegwyd { $n } ffeil.
    }
reply-removed = Mae { $name } wedi’i thynnu.
reply-send = Anfon yr ateb
reply-back = Yn ôl i’r neges
reply-note = Caiff eich ateb ei selio ar y ddyfais hon cyn iddo adael. Dim ond { $organisation } all ei agor. Oddi yno mae’n mynd i flwch post yr anfonwr.
reply-noteAll = Caiff eich ateb ei selio ar y ddyfais hon cyn iddo adael. Dim ond { $organisation } all ei agor. Oddi yno mae’n mynd i flwch post yr anfonwr, a’r lleill os dewiswch hynny.
reply-empty = Ysgrifennwch eich neges neu ychwanegwch ffeil
reply-tooMany = Gallwch ychwanegu hyd at { $files } ffeil. Tynnwch rai
reply-tooLarge = Mae eich ffeiliau’n fwy na { $size } gyda’i gilydd. Tynnwch rai
reply-noPlace = Heb eu hychwanegu, gan y gallwch ychwanegu hyd at { $files } ffeil: { $names }
reply-noRoom = Heb eu hychwanegu, am na all eich ffeiliau fod yn fwy na { $size } gyda’i gilydd: { $names }
reply-unreadable = Nid oedd modd darllen ffeil. Efallai ei bod wedi’i symud neu ei newid. Tynnwch hi a’i hychwanegu eto
reply-failed = Nid anfonwyd eich ateb. Nid yw dim a ysgrifennoch wedi’i golli. Gwiriwch eich cysylltiad a rhowch gynnig arall arni
reply-refused = Ni dderbyniwyd eich ateb. Nid yw dim a ysgrifennoch wedi’i golli. Ffoniwch { $organisation } ar { $phone }
reply-slowDown = Nid anfonwyd eich ateb, am fod gormod o geisiadau o’ch rhwydwaith. Nid yw dim a ysgrifennoch wedi’i golli.
reply-withdrawn = Nid anfonwyd eich ateb: mae’r anfonwr wedi tynnu’r neges yn ôl. Copïwch yr hyn a ysgrifennoch cyn cau’r dudalen hon, a ffoniwch { $organisation } ar { $phone }
reply-expired = Nid anfonwyd eich ateb: mae amser y neges ar ben. Copïwch yr hyn a ysgrifennoch cyn cau’r dudalen hon, a ffoniwch { $organisation } ar { $phone }
left-label = Yr hyn a ysgrifennoch
left-hint = Nid anfonwyd ef, ac nid yw’r dudalen hon yn ei gadw. Os oes ei angen arnoch o hyd, copïwch ef cyn cau’r dudalen.
reply-tooManyReplies = Nid anfonwyd eich ateb, am fod gormod o atebion wedi’u dechrau heb eu hanfon. Nid yw dim a ysgrifennoch wedi’i golli.
reply-sealing = Wrthi’n selio
reply-sending = Wrthi’n anfon
reply-sentFile = Anfonwyd
reply-sendingText = Wrthi’n anfon eich ateb…
reply-progress = Hynt { $name }

## Sent

sent-title = Anfonwyd yr ateb
sent-h1 = Anfonwyd yr ateb
sent-reference = Eich cyfeirnod
sent-at = Derbyniwyd { $date }.
sent-next = Beth sy’n digwydd nesaf
sent-next1 = Mae eich ateb yn mynd at { $to }. Ni allwn ddweud pryd y caiff ei ddarllen.
sent-next2 = Os yw’n fater brys, ffoniwch { $organisation } ar { $phone }. Mewn argyfwng, ffoniwch 999.
sent-later = Gallwch ddarllen eich ateb eto o dan y neges, ar unrhyw ddyfais, cyhyd ag y bydd y neges ar gael. Fe’i cedwir wedi’i selio, ac mae’n agor gyda’ch dolen a chod diogelwch yn unig.
sent-back = Yn ôl i’r neges

## Session

session-warnTitle = Ydych chi’n dal yno?
session-warn =
    { $n ->
        [zero] Nid ydych wedi gwneud dim ers tro. Er mwyn eich preifatrwydd, bydd y neges hon yn cau nawr. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
        [one] Nid ydych wedi gwneud dim ers tro. Er mwyn eich preifatrwydd, bydd y neges hon yn cau ymhen 1 munud. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
        [two] Nid ydych wedi gwneud dim ers tro. Er mwyn eich preifatrwydd, bydd y neges hon yn cau ymhen 2 funud. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
        [few] Nid ydych wedi gwneud dim ers tro. Er mwyn eich preifatrwydd, bydd y neges hon yn cau ymhen 3 munud. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
        [many] Nid ydych wedi gwneud dim ers tro. Er mwyn eich preifatrwydd, bydd y neges hon yn cau ymhen 6 munud. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
       *[other] Nid ydych wedi gwneud dim ers tro. Er mwyn eich preifatrwydd, bydd y neges hon yn cau ymhen { $n } munud. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
    }
session-endingTitle = Mae eich sesiwn ar fin dod i ben
session-ending =
    { $n ->
        [zero] Er mwyn eich preifatrwydd, dim ond am amser penodol y mae neges yn aros ar agor, a bydd hon yn cau nawr. Gallwch ei hagor eto gyda chod diogelwch newydd. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
        [one] Er mwyn eich preifatrwydd, dim ond am amser penodol y mae neges yn aros ar agor, a bydd hon yn cau ymhen 1 munud. Gallwch ei hagor eto gyda chod diogelwch newydd. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
        [two] Er mwyn eich preifatrwydd, dim ond am amser penodol y mae neges yn aros ar agor, a bydd hon yn cau ymhen 2 funud. Gallwch ei hagor eto gyda chod diogelwch newydd. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
        [few] Er mwyn eich preifatrwydd, dim ond am amser penodol y mae neges yn aros ar agor, a bydd hon yn cau ymhen 3 munud. Gallwch ei hagor eto gyda chod diogelwch newydd. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
        [many] Er mwyn eich preifatrwydd, dim ond am amser penodol y mae neges yn aros ar agor, a bydd hon yn cau ymhen 6 munud. Gallwch ei hagor eto gyda chod diogelwch newydd. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
       *[other] Er mwyn eich preifatrwydd, dim ond am amser penodol y mae neges yn aros ar agor, a bydd hon yn cau ymhen { $n } munud. Gallwch ei hagor eto gyda chod diogelwch newydd. Caiff yr hyn a ysgrifennoch mewn ateb ei gadw.
    }
session-messageEnding =
    { $n ->
        [zero] Bydd amser y neges hon ar ben nawr. Wedyn ni ellir ei darllen na’i hateb yma. Os ydych yn ysgrifennu ateb, anfonwch ef nawr.
        [one] Bydd amser y neges hon ar ben ymhen 1 munud. Wedyn ni ellir ei darllen na’i hateb yma. Os ydych yn ysgrifennu ateb, anfonwch ef nawr.
        [two] Bydd amser y neges hon ar ben ymhen 2 funud. Wedyn ni ellir ei darllen na’i hateb yma. Os ydych yn ysgrifennu ateb, anfonwch ef nawr.
        [few] Bydd amser y neges hon ar ben ymhen 3 munud. Wedyn ni ellir ei darllen na’i hateb yma. Os ydych yn ysgrifennu ateb, anfonwch ef nawr.
        [many] Bydd amser y neges hon ar ben ymhen 6 munud. Wedyn ni ellir ei darllen na’i hateb yma. Os ydych yn ysgrifennu ateb, anfonwch ef nawr.
       *[other] Bydd amser y neges hon ar ben ymhen { $n } munud. Wedyn ni ellir ei darllen na’i hateb yma. Os ydych yn ysgrifennu ateb, anfonwch ef nawr.
    }
session-ok = Parhau
session-stay = Ei chadw ar agor
ended-title = Mae eich sesiwn wedi dod i ben
ended-h1 = Mae eich sesiwn wedi dod i ben
ended-lead = Er mwyn eich preifatrwydd, tynnwyd y neges o’r dudalen hon. Gallwch ei hagor eto gyda chod diogelwch newydd.
ended-draft = Mae’r hyn a ysgrifennoch yn eich ateb yma o hyd, cyn belled â’ch bod yn cadw’r dudalen hon ar agor. Daw yn ôl ar ôl y cod newydd.
closed-title = Neges wedi’i chau
closed-h1 = Neges wedi’i chau
closed-lead = Tynnwyd y neges o’r dudalen hon.
closed-signingOut = Wrthi’n eich allgofnodi…
closed-signedOut = Rydych wedi allgofnodi. Gallwch gau’r ffenestr hon.
closed-failed = Ni allem gyrraedd ein gweinydd, felly nid ydych wedi allgofnodi eto. Gwiriwch eich cysylltiad a rhowch gynnig arall arni. Fel arall, cewch eich allgofnodi’n awtomatig ar ôl ychydig.
closed-again = I ddarllen y neges eto, defnyddiwch y ddolen yn eich e-bost.
closed-copies = Os gwnaethoch lawrlwytho neu argraffu unrhyw beth ar gyfrifiadur a rennir, dilëwch y ffeiliau hynny hefyd.

## Problems

damaged-title = Neges wedi’i difrodi neu ei newid
damaged-h1 = Mae’r neges hon wedi’i difrodi neu ei newid
damaged-lead = Nid dyma’r hyn a seliodd yr anfonwr, felly nid ydym yn dangos dim ohoni.
damaged-told = Rydym wedi rhoi gwybod i’r anfonwr.
damaged-next = Peidiwch â gofyn am god arall. Ffoniwch { $organisation } ar { $phone } a rhowch y cyfeirnod { $reference }. Gofynnwch iddynt anfon y neges eto.
notFound-title = Heb ddod o hyd i’r neges
notFound-h1 = Ni allwn ddod o hyd i’r neges hon
notFound-lead = Efallai nad yw’r ddolen yn gyflawn, neu nad yw’r neges yma mwyach.
notFound-next = Ewch yn ôl i’ch e-bost a defnyddiwch y ddolen gyfan. Os yw wedi’i thorri, rhowch allwedd y neges sydd wedi’i hargraffu o dan y ddolen.
notFound-link = Ewch yn ôl i’ch e-bost a defnyddiwch y ddolen gyfan.
expired-title = Nid yw’r neges ar gael mwyach
expired-h1 = Nid yw’r neges hon ar gael mwyach
expired-lead = Roedd ar gael tan { $date }.
expired-leadNoDate = Mae’r amser i’w darllen wedi dod i ben.
expired-next = Os oes ei hangen arnoch o hyd, ffoniwch { $organisation } ar { $phone } a rhowch y cyfeirnod { $reference }. Gofynnwch i’r anfonwr ei hanfon eto.
disowned-title = Dolen wedi’i chau
disowned-h1 = Diolch. Mae’r ddolen wedi’i chau.
disowned-lead = Dywedodd rhywun â’r ddolen hon nad iddynt hwy y mae’r neges. Rhoddir gwybod i’r anfonwr, ac ni all neb agor y neges â’r ddolen hon mwyach.
disowned-next = Gallwch ddileu’r e-bost. Os i chi yr oedd y neges wedi’r cyfan, ffoniwch { $organisation } ar { $phone } a rhowch y cyfeirnod { $reference }.
time-lead = Gallwch ddarllen y neges hon tan { $date }.
time-ask = Gofyn am fwy o amser
time-again = Gofyn i’r anfonwr ei hanfon eto
time-asking = Wrthi’n gofyn i’r anfonwr…
time-asked = Rydym yn gofyn i’r anfonwr drwy e-bost. Os yw’n fater brys, ffoniwch { $organisation } ar { $phone }.
time-already = Gofynnwyd i’r anfonwr yn barod. Gallwch ofyn eto ar { $date }.
time-alreadyPlain = Gofynnwyd i’r anfonwr yn barod. Gallwch ofyn eto yfory.
time-failed = Ni allem ofyn i’r anfonwr. Gwiriwch eich cysylltiad a rhowch gynnig arall arni.
withdrawn-title = Neges wedi’i thynnu’n ôl
withdrawn-h1 = Mae’r anfonwr wedi tynnu’r neges hon yn ôl
withdrawn-lead = Nid oes modd ei darllen yma mwyach.
withdrawn-next = Os oeddech yn ei disgwyl, ffoniwch { $organisation } ar { $phone } a rhowch y cyfeirnod { $reference }.
tooMany-title = Gormod o gynigion
tooMany-h1 = Gormod o gynigion
tooMany-codes = Rydych wedi gofyn am gynifer o godau ag yr ydym yn eu hanfon mewn diwrnod.
tooMany-guesses = Rhoddwyd gormod o godau anghywir heddiw.
tooMany-when = Gallwch roi cynnig arall arni ar { $date }. Mae’r neges yno o hyd.
tooMany-later = Gallwch roi cynnig arall arni yfory. Mae’r neges yno o hyd.
tooMany-next = Os nad chi wnaeth hyn, efallai fod eich dolen gan rywun arall. Ni all ddarllen y neges heb y cod. Rhowch wybod i { $organisation }: { $phone }.
wait-title = Rydym newydd anfon cod
wait-h1 = Rydym newydd anfon cod
wait-here = Edrychwch amdano yn eich e-bost yn gyntaf.
wait-elsewhere = Anfonwyd cod i borwr neu ddyfais arall funud yn ôl. Dim ond yno y mae’n gweithio.
wait-lead = Gallwch ofyn am un arall am { $time }.
slowDown-title = Gormod o geisiadau
slowDown-h1 = Arhoswch funud
slowDown-lead = Roedd gormod o geisiadau o’ch rhwydwaith. Ni wnaethoch ddim o’i le.
slowDown-later = Rhowch gynnig arall arni ymhen munud. Mae’r neges yno o hyd.
byProgram-title = Pwyswch y botwm eich hun
byProgram-h1 = Pwyswch y botwm eich hun
byProgram-lead = Rhaglen a ddefnyddiodd y botwm, nid person: yn aml, un sy’n gwirio dolenni am feirysau. Ni anfonwyd cod gennym, ac ni ddywedwyd dim wrth neb. Rhowch gynnig arall arni, a phwyswch y botwm ar eich sgrin neu â’ch bysellfwrdd.

noCookies-title = Nid yw’r porwr hwn yn cadw ein cwci
noCookies-h1 = Nid yw’r porwr hwn yn cadw ein cwci
noCookies-lead = Mae angen un cwci arnom, i wybod bod y cod cywir wedi’i roi yma. Caniatewch gwcis ar gyfer y safle hwn, neu agorwch y ddolen yn Chrome, Edge, Firefox neu Safari.
offline-title = Dim cysylltiad
offline-h1 = Ni allwn gyrraedd y neges
offline-lead = Efallai nad yw eich cysylltiad â’r rhyngrwyd yn gweithio. Nid oes dim wedi’i golli. Pan fydd yn gweithio eto, gallwch fynd ymlaen o’r fan hon.
server-title = Mae’n ddrwg gennym, mae problem
server-h1 = Mae’n ddrwg gennym, mae problem
server-lead = Mae’r neges yno o hyd. Rhowch gynnig arall arni ymhen ychydig funudau.
server-next = Os yw’n parhau, ffoniwch { $organisation } ar { $phone } a rhowch y cyfeirnod { $reference }.
unsupported-title = Ni all eich porwr agor y neges hon
unsupported-h1 = Ni all eich porwr agor y neges hon
unsupported-lead = Caiff negeseuon eu hagor ar eich dyfais eich hun, ac mae’r porwr hwn yn rhy hen i wneud hynny neu wedi’i osod i’w atal.
unsupported-missing = Yr hyn sydd ar goll: { $missing }.
# What an old browser lacks; listed with commas.
unsupported-workers = gweithwyr cefndir
unsupported-streams = ffrydiau
unsupported-cryptography = cryptograffeg
unsupported-bigNumbers = rhifau mawr
unsupported-dialogs = deialogau
unsupported-frames = fframiau diogel
unsupported-next = Diweddarwch y porwr, neu agorwch y ddolen mewn un arall: Chrome neu Edge 109, Firefox 115, Safari 15.4, neu ddiweddarach. Os na allwch, ffoniwch { $organisation } ar { $phone }.

## Kinds of file

kind-PDF = PDF
kind-word = dogfen Word
kind-sheet = taenlen
kind-slides = cyflwyniad
kind-picture = llun { $name }
kind-text = testun plaen
kind-csv = tabl CSV
kind-email = e-bost
kind-zip = archif ZIP
kind-web = tudalen we
kind-calendar = cofnod calendr
kind-contact = cerdyn cyswllt
kind-file = ffeil { $name }
kind-unknown = ffeil
size-bytes =
    { $n ->
        [zero] 0 beit
        [one] 1 beit
        [two] 2 feit
        [few] 3 beit
        [many] 6 beit
       *[other] { $n } beit
    }
size-KB = { $n } KB
size-MB = { $n } MB
