### Y negeseuon e-bost y mae Sealpost yn eu hysgrifennu ei hun. The notice is kept to ASCII, so that its link needs no
### encoding that breaks lines.

## Notice

notice-subject = Mae gennych neges ddiogel gan { $organisation }
notice-who = Mae { $organisation } wedi anfon neges ddiogel atoch. Cyfeirnod: { $reference }
notice-from = Mae { $sender } yn { $organisation } wedi anfon neges ddiogel atoch. Cyfeirnod: { $reference }
notice-open = I'w darllen, agorwch y ddolen hon. Byddwn yn anfon cod diogelwch atoch drwy e-bost.
notice-until = Gallwch ei darllen tan { $expires }. Ni fyddwn byth yn gofyn am gyfrineiriau na manylion banc.
notice-escrow = Mae { $organisation } yn cadw allwedd all-lein sy'n gallu agor y neges hon.
notice-key = Os nad yw'r ddolen yn gweithio, bydd y dudalen yn gofyn am yr allwedd neges hon:
notice-unsure = Oes amheuaeth gennych? Ffoniwch { $organisation } ar y rhif rydych yn ei ddefnyddio fel arfer.

## Several messages in one notice

gathered-subject =
    { $count ->
        [zero] Nid oes gennych neges ddiogel gan { $organisation }
        [one] Mae gennych 1 neges ddiogel gan { $organisation }
        [two] Mae gennych 2 neges ddiogel gan { $organisation }
        [few] Mae gennych 3 neges ddiogel gan { $organisation }
        [many] Mae gennych 6 neges ddiogel gan { $organisation }
       *[other] Mae gennych { $count } neges ddiogel gan { $organisation }
    }
gathered-who =
    { $count ->
        [zero] Nid yw { $organisation } wedi anfon neges ddiogel atoch.
        [one] Mae { $organisation } wedi anfon 1 neges ddiogel atoch.
        [two] Mae { $organisation } wedi anfon 2 neges ddiogel atoch.
        [few] Mae { $organisation } wedi anfon 3 neges ddiogel atoch.
        [many] Mae { $organisation } wedi anfon 6 neges ddiogel atoch.
       *[other] Mae { $organisation } wedi anfon { $count } neges ddiogel atoch.
    }
gathered-open = I ddarllen un, agorwch ei dolen. Byddwn yn anfon cod diogelwch atoch drwy e-bost.
gathered-one = Cyfeirnod { $reference }, gellir ei darllen tan { $expires }
gathered-one-from = Oddi wrth { $sender }, cyfeirnod { $reference }, gellir ei darllen tan { $expires }
gathered-key = Allwedd y neges: { $message_key }
gathered-never = Ni fyddwn byth yn gofyn am gyfrineiriau na manylion banc.
gathered-escrow = Mae { $organisation } yn cadw allwedd all-lein sy'n gallu agor y negeseuon hyn.

## Reminder

reminder-subject =
    { $count ->
        [zero] Nid oes neges ddiogel gan { $organisation } yn aros amdanoch
        [one] Mae neges ddiogel gan { $organisation } yn aros amdanoch
        [two] Mae 2 neges ddiogel gan { $organisation } yn aros amdanoch
        [few] Mae 3 neges ddiogel gan { $organisation } yn aros amdanoch
        [many] Mae 6 neges ddiogel gan { $organisation } yn aros amdanoch
       *[other] Mae { $count } neges ddiogel gan { $organisation } yn aros amdanoch
    }
reminder-who =
    { $count ->
        [zero] Nid yw { $organisation } wedi anfon neges ddiogel atoch.
        [one] Anfonodd { $organisation } neges ddiogel atoch. Nid yw wedi'i hagor eto.
        [two] Anfonodd { $organisation } 2 neges ddiogel atoch. Nid ydynt wedi'u hagor eto.
        [few] Anfonodd { $organisation } 3 neges ddiogel atoch. Nid ydynt wedi'u hagor eto.
        [many] Anfonodd { $organisation } 6 neges ddiogel atoch. Nid ydynt wedi'u hagor eto.
       *[other] Anfonodd { $organisation } { $count } neges ddiogel atoch. Nid ydynt wedi'u hagor eto.
    }
reminder-one = Chwiliwch eich blwch post am { $reference }: ein he-bost dyddiedig { $sent } gan { $from }. Gallwch ddarllen y neges honno tan { $expires }.
reminder-find = Mae'r ddolen yn yr e-bost hwnnw yn agor y neges. Os na allwch ddod o hyd i'r e-bost, edrychwch yn eich ffolder sothach.
reminder-no-link = Nid oes dolen yn y nodyn atgoffa hwn, am nad ydym yn cadw eich un chi. Ni fyddwn byth yn gofyn am gyfrineiriau na manylion banc.
reminder-lost = Os yw ar goll, neu os nad ydych yn siŵr bod hwn yn ddilys, ffoniwch { $organisation } ar y rhif rydych yn ei ddefnyddio fel arfer.

## Code

code-subject = Eich cod diogelwch gan { $organisation }
code-first = { $code } yw eich cod diogelwch gan { $organisation }.
code-type =
    { $minutes ->
        [zero] Teipiwch ef ar y dudalen lle gwnaethoch ofyn amdano. Nid yw'n gweithio mwyach.
        [one] Teipiwch ef ar y dudalen lle gwnaethoch ofyn amdano. Mae'n gweithio am 1 munud, unwaith.
        [two] Teipiwch ef ar y dudalen lle gwnaethoch ofyn amdano. Mae'n gweithio am 2 funud, unwaith.
        [few] Teipiwch ef ar y dudalen lle gwnaethoch ofyn amdano. Mae'n gweithio am 3 munud, unwaith.
        [many] Teipiwch ef ar y dudalen lle gwnaethoch ofyn amdano. Mae'n gweithio am 6 munud, unwaith.
       *[other] Teipiwch ef ar y dudalen lle gwnaethoch ofyn amdano. Mae'n gweithio am { $minutes } munud, unwaith.
    }
code-reference = Mae ar gyfer y neges o dan y cyfeirnod { $reference }.
code-never = Ni fyddwn byth yn gofyn am y cod hwn dros y ffôn na thrwy e-bost. Peidiwch â'i roi i neb.
code-not-asked = Os na wnaethoch ofyn am y cod hwn, ni all neb ddarllen y neges hebddo: anwybyddwch yr e-bost hwn.

## A secure reply that was not delivered, to who wrote it

undelivered-subject = Ni chafodd eich ateb ei ddanfon
undelivered-what = Ni ellid danfon eich ateb i neges ddiogel gan { $organisation }. Fe'i hanfonwyd gennych ar { $sent }. Cyfeirnod: { $reference }
undelivered-unread = Ni dderbyniodd blwch post y person a ysgrifennodd atoch yr ateb. Peidiwch â chymryd bod neb yno wedi'i ddarllen.
undelivered-phone = Ffoniwch { $organisation } ar y rhif a ddefnyddiwch fel arfer a rhowch wybod iddynt. Mae'r bobl sy'n rhedeg y gwasanaeth hwn yn cadw eich ateb dan sêl, a gallant roi cynnig arall arni.
undelivered-no-link = Nid oes dolen yn yr e-bost hwn. Nid ydym byth yn gofyn am gyfrineiriau na manylion banc.

## Secure reply to the sender

reply-from = Ateb diogel gan { $recipient }, { $sent }. Cyfeirnod: { $reference }. Mae wedi dangos ei fod yn gallu darllen y blwch post hwnnw. Nid yw hyn yn profi pwy ydyw.
reply-not-to = Cafodd ei ysgrifennu at y bobl hyn hefyd, ond nid yw wedi’u cyrraedd: mae rheolau’r gwasanaeth hwn wedi newid ers anfon eich neges. Anfonwch ef ymlaen os oes ei angen arnynt.
reply-answer = Atebwch yr e-bost hwn fel arfer: caiff eich ateb ei selio eto.

## To the sender: what is worth knowing

advice-taken = Cymerodd { $organisation } eich neges dyddiedig { $date }.
receipt-subject = Anfonwyd eich neges yn ddiogel
receipt-taken = Cymerodd { $organisation } eich neges dyddiedig { $date } a'i hanfon yn ddiogel.
receipt-reference = Cyfeirnod: { $reference }
receipt-telling = Wedi'i selio. Mae'r e-bost gyda'r ddolen ar ei ffordd.
receipt-told = Wedi'i selio, ac anfonwyd e-bost gyda dolen.
receipt-opened = Wedi'i selio, anfonwyd e-bost gyda dolen, ac mae wedi'i hagor yn barod.
receipt-disowned = Dywedodd nad yw ar ei gyfer, ac ni all ei hagor mwyach.
receipt-withdrawn = Wedi'i thynnu'n ôl.
receipt-over = Ddim ar gael mwyach.
receipt-failed = Ni ellid rhoi gwybod. Cewch e-bost ar wahân am hyn.
receipt-came-back = Daeth yr e-bost gyda'r ddolen yn ôl. Cewch e-bost ar wahân am hyn.
receipt-stopped = Wedi'i dal yn ôl. Mae'r bobl sy'n rhedeg y gwasanaeth hwn wedi cael gwybod.
receipt-passing-on = Wrthi'n cael ei phasio ymlaen fel e-bost cyffredin, dros gysylltiad wedi'i amddiffyn.
receipt-passed-on = Pasiwyd ymlaen fel e-bost cyffredin, dros gysylltiad wedi'i amddiffyn.
receipt-more =
    { $more ->
        [zero] Neb arall.
        [one] Ac 1 person arall.
        [two] A 2 berson arall.
        [few] A 3 pherson arall.
        [many] A 6 pherson arall.
       *[other] A { $more } person arall.
    }
receipt-withdraw = Wedi'i hanfon at y person anghywir? Tynnwch hi'n ôl nawr. Mae'r un dudalen yn dweud pwy sydd wedi ei hagor, a phryd.
receipt-page = Mae tudalen i chi'ch hun yn dweud pwy sydd wedi ei hagor, a phryd.
receipt-own = Agorwch y ddolen hon; byddwn yn anfon cod diogelwch atoch drwy e-bost. Mae'r ddolen i chi yn unig.
receipt-how = Mae pob derbynnydd y tu allan yn cael dolen, ac yn agor y neges ar dudalen ddiogel ar ôl teipio cod a anfonir i'r un blwch post. Cewch wybod os na ellir gwneud hynny.
receipt-find = I weld pwy sydd wedi ei hagor, i atgoffa rhywun, neu i'w thynnu'n ôl, defnyddiwch y ddolen yn eich derbynneb: yr e-bost "Anfonwyd eich neges yn ddiogel" dyddiedig { $date } gyda'r cyfeirnod { $receipt }.
receipt-look = I weld beth ddigwyddodd iddi, defnyddiwch y ddolen yn eich derbynneb: yr e-bost "Anfonwyd eich neges yn ddiogel" dyddiedig { $date } gyda'r cyfeirnod { $receipt }.
receipt-escrow = Mae { $organisation } yn cadw allwedd all-lein sy'n gallu agor y neges hon hefyd.
near-miss-subject = Anfonwyd eich neges yn ddiogel: gwiriwch sut yr ysgrifennoch y tag
near-miss-what = Roedd y pwnc yn dechrau â rhywbeth tebyg iawn i { $tag }, ond nid yn union yr un fath. I fod yn ddiogel, anfonwyd y neges yn ddiogel. Nid aeth dim allan heb ei amddiffyn, ac nid oes angen ichi ei hanfon eto.
near-miss-next = I anfon yn ddiogel, ysgrifennwch { $tag } ar ddechrau'r pwnc. Os nad dyna oedd eich bwriad, ysgrifennwch y pwnc hebddo.
diverted-subject = Anfonwyd eich neges yn ddiogel mewn ffordd arall
diverted-what = Ni allai system bost o leiaf un derbynnydd ei chymryd dros gysylltiad wedi'i amddiffyn. Nid anfonwyd hi heb ei hamddiffyn. Yn lle hynny mae'r derbynnydd hwnnw'n cael dolen, ac yn agor y neges ar dudalen ddiogel ar ôl teipio cod a anfonir i'r un blwch post.
diverted-next = Nid oes angen ichi wneud dim.
sealed-nhs-number-subject = Anfonwyd eich neges yn ddiogel: mae'n cynnwys yr hyn sy'n edrych fel rhif GIG
sealed-nhs-number-what = Mae'n mynd at rywun y tu allan i'r sefydliad ac mae'n cynnwys yr hyn sy'n edrych fel rhif GIG. I fod yn ddiogel, anfonwyd y neges yn ddiogel, er na ofynnodd ei phwnc am hynny. Nid aeth dim allan heb ei amddiffyn, ac nid oes angen ichi ei hanfon eto.
sealed-nhs-number-next = Pan fyddwch yn ysgrifennu am glaf, ysgrifennwch { $tag } ar ddechrau'r pwnc.
nhs-number-subject = Mae eich neges yn cynnwys yr hyn sy'n edrych fel rhif GIG
nhs-number-what = Mae'n mynd at rywun y tu allan i'r sefydliad, mae'n cynnwys yr hyn sy'n edrych fel rhif GIG, ac ni ofynnodd ei phwnc iddi gael ei hanfon yn ddiogel.
nhs-number-next = Pan fyddwch yn ysgrifennu am glaf, ysgrifennwch { $tag } ar ddechrau'r pwnc: yna dim ond y derbynnydd all agor y neges. Os na ddylai hon fod wedi mynd allan, rhowch wybod i'ch tîm llywodraethu gwybodaeth.

## To the sender: what became of a message, and what recipients say

unread-subject = Nid yw eich neges wedi'i hagor eto
unread-told = Anfonwyd dolen i'ch neges dyddiedig { $date } at y bobl hyn, ac nid ydynt wedi'i hagor:
unread-waiting = Ni ellid rhoi gwybod i'r bobl hyn am eich neges dyddiedig { $date } eto. Rydym yn dal i geisio:
unread-exposed = Gwelodd rhywbeth ar y ffordd, hidlydd post yn aml, ddolen:
unread-next = Nid yw hyn yn dweud pam. Os yw'r neges yn un frys, cysylltwch â'r person mewn ffordd arall. Cewch wybod hyn unwaith ar gyfer pob neges.
not-for-me-subject = Mae derbynnydd yn dweud nad yw eich neges iddo ef neu iddi hi
not-for-me-who = Mae rhywun sydd â dolen { $address } yn dweud nad iddynt hwy y mae eich neges dyddiedig { $date }. Cyfeirnod: { $reference }
not-for-me-done = Mae'r ddolen honno wedi'i chau, ac ni all neb agor y neges â hi mwyach. Nid yw hyn yn effeithio ar y derbynwyr eraill.
not-for-me-opened = Cyn hynny, agorwyd y neges â'r ddolen honno, y tro olaf ar { $last_opened }. Ni ellir tynnu'n ôl yr hyn a agorwyd.
not-for-me-next = Gwiriwch y cyfeiriad. Os yw'n gywir, ffoniwch y person ac anfonwch y neges eto. Os aeth at y person anghywir, rhowch wybod i'ch tîm llywodraethu gwybodaeth.
more-time-subject = Mae derbynnydd yn gofyn am fwy o amser i ddarllen eich neges
more-time-who = Mae { $address } yn gofyn am fwy o amser i ddarllen eich neges dyddiedig { $date }. Gellir ei darllen tan { $expires }. Cyfeirnod: { $reference }
more-time-next = Anfonwch y neges eto, neu gofynnwch i'r bobl sy'n rhedeg porth post { $organisation } roi mwy o amser iddi. Gallant wneud hynny â'r gorchymyn hwn:
more-time-over-subject = Mae derbynnydd yn gofyn am eich neges eto
more-time-over-who = Mae { $address } yn gofyn am eich neges dyddiedig { $date } eto. Roedd modd ei darllen tan { $expires }. Cyfeirnod: { $reference }
more-time-over-next = Ni ellir ei hagor mwyach, ac ni all neb newid hynny. Os oes ei hangen ar y person o hyd, anfonwch hi eto.
damaged-subject = Cyrhaeddodd eich neges wedi'i difrodi
damaged-who = Ni allai porwr { $address } agor eich neges dyddiedig { $date }, neu ran ohoni: nid yr hyn a gafodd yw'r hyn a seliwyd. Ni ddangoswyd dim o hynny. Cyfeirnod: { $reference }
damaged-next = Anfonwch y neges eto. Rhowch wybod i'r bobl sy'n rhedeg porth post { $organisation }, a rhowch y cyfeirnod iddynt: gall ffeil fod wedi'i difrodi, neu gall rhywun fod wedi'i newid.

## To the sender: delivery reports

dsn-failed-title = Ni ellid danfon eich neges
dsn-expired-title = Ni ddarllenwyd eich neges mewn pryd
dsn-delayed-title = Mae oedi gyda'ch neges
dsn-relayed-title = Pasiwyd eich neges ymlaen
dsn-reply-title = Nid yw ateb diogel wedi cyrraedd pawb
dsn-reply-what = Mae { $replier } wedi ateb neges gennych, atoch chi ac at eraill. Anfonwyd yr ateb atoch chi hefyd; mae hyn am y lleill.
dsn-reply-next = Ni wneir rhagor o ymdrechion. Anfonwch yr ateb ymlaen atynt os oes ei angen arnynt.
dsn-automatic = Adroddiad awtomatig gan { $organisation } yw hwn.
dsn-failed = Ni chyrhaeddodd:
dsn-failed-next = Ni fyddwn yn rhoi cynnig arall arni. Gwiriwch bob cyfeiriad ac anfonwch y neges eto, neu cysylltwch mewn ffordd arall.
dsn-delayed = Nid yw wedi cyrraedd y bobl hyn eto, ac rydym yn dal i geisio:
dsn-delayed-next = Nid oes angen ichi ei hanfon eto. Cewch wybod os na ellir ei danfon.
dsn-expired = Ni chafodd ei darllen cyn i'w hamser ddod i ben, ac ni all y bobl hyn ei hagor mwyach:
dsn-expired-next = Anfonwch y neges eto os oes ei hangen o hyd.
dsn-relayed = Cafodd ei phasio ymlaen, hyd y gwyddom, ar gyfer:
dsn-relayed-next = Nid yw hyn yn dweud ei bod wedi'i darllen.
dsn-no-mailbox = Nid yw'r cyfeiriad yn bod, neu nid yw'n derbyn post.
dsn-no-room = Mae'r blwch post yn llawn, neu mae'r neges yn rhy fawr iddo.
dsn-came-back = Daeth yr e-bost a roddodd wybod i'r derbynnydd amdani yn ôl.
dsn-cause = Manylion technegol, yn Saesneg: { $cause }
dsn-unopened = Anfonwyd dolen at y derbynnydd, ac nid yw wedi'i hagor.
dsn-untold = Ni ellid rhoi gwybod i'r derbynnydd amdani mewn pryd.
dsn-announced = Anfonwyd dolen i dudalen ddiogel at y derbynnydd. Nid yw hyn yn dweud ei bod wedi'i hagor.
dsn-passed-on = Mae'r system bost nesaf wedi'i chymryd, ac nid yw'n adrodd ymhellach.
dsn-sent = Anfonwyd hi ar { $date }.
dsn-message-id = Ei Message-ID yw
dsn-nothing-here = Nid yw'r pwnc na'r testun yma, am y gall yr adroddiad hwn deithio heb ei amddiffyn.
