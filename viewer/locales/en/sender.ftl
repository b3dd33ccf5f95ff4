### The page of who sent a message. `npm run texts` in viewer/web makes src/texts/en.ts of it, with the others.

sender-title = What became of your message
sender-h1 = What became of your message
sender-lead = See who has opened your message, and withdraw it if it went to the wrong person. We first check that you can read the mailbox it was sent from.
sender-leadOver = See who has opened your message, and when. We first check that you can read the mailbox it was sent from.
sender-fetching = Looking at what became of it…
sender-asOf = As of
sender-again = Check again
sender-checked = This is how it stood at { $time }.

## Where a recipient stands

sender-telling = Not told yet
sender-told = Not opened yet
sender-opened =
    { $n ->
        [one] Opened once
       *[other] Opened { $n } times
    }
sender-disowned = Not for this person
sender-withdrawn = Withdrawn
sender-over = No longer available
sender-failed = Could not be told
sender-cameBack = The email came back
sender-stopped = Held up
sender-passingOn = Being passed on
sender-passedOn = Passed on as ordinary email
sender-tellingWhy = The email with the link has not left yet. We go on trying.
sender-failedWhy = You got a separate email about this.
sender-disownedWhy = Somebody who had the link said that the message is not for them. The link is closed. If they should have it, check the address and send it again.
sender-cameBackWhy = The email with the link came back after it had left. You got a separate email about this.
sender-stoppedWhy = Nothing more happens until the people who run this service have looked at it. They have been alerted.
sender-copyWhy = This person’s mail system takes confidential email over a protected connection, so there is no link. Nobody can see from here whether it was read, and it cannot be withdrawn.

## What happened, with when

sender-didSeal = Taken and sealed
sender-didTake = Taken
sender-didNotify = The next mail system took the email with the link
sender-handedTls = To { $host }, over { $version } ({ $cipher })
sender-handedClear = To { $host }, without TLS
sender-didPass = The next mail system took the message
sender-didAsk =
    { $n ->
        [one] A security code was asked for
       *[other] A security code was asked for, { $n } times so far
    }
sender-didOpen = Opened with a security code
sender-didFetch = Attachments, pictures or a copy were fetched. Which ones, we cannot see.
sender-didRemind = A reminder, or another try, was asked for
sender-didReply = A secure reply was sent to you
sender-didExpose = Something changed the link on its way, and it was seen by a server that was not meant to see it. It opens nothing without a security code.
sender-didWish = More time was asked for
sender-didExtend = Made available for longer, until { $date }
sender-didDisown = Said that it is not for them
sender-didWithdraw = Withdrawn
sender-didEnd = Its time was over
sender-until = Can be opened until { $date }.

## More time

sender-extend = Keep it available until { $date }
sender-extended = It can be opened for longer now.

## Telling a recipient again

sender-remind = Remind
sender-remindWhom = Remind { $address }
sender-remindMeans = This sends them a short email that says which email to look for, with its reference and date. It has no link: we no longer have it. Once an hour, three times in all.
sender-retry = Try again now
sender-retryWhom = Try again now to tell { $address }
sender-retryMeans = This tries again at once. Once an hour, three times in all.
sender-remindLater = You can remind them again from { $date }.
sender-remindedOften = They were reminded three times. Phone them, or send your message again.
sender-reminded = A reminder is on its way.
sender-retried = We are trying again now.

## The evidence

sender-evidence = Download the evidence
sender-evidenceMeans = The evidence is a file with every entry on this page, in UTC, and what it proves and does not prove.
sender-evidenceName = Evidence { $reference }.json
sender-proof1 = This file was made in the browser of somebody who had the link of the receipt and typed a security code that was sent to the mailbox from which the message was sent. It is not signed: what counts is the record of the service at { $origin }, which its operator can compare.
sender-proof2 = “Opened” proves that somebody had the link and typed the security code that was sent to that mailbox. It proves control of the mailbox at that moment, and not who that was, or that the message was read.
sender-proof3 = “Took the email” proves that the next mail system said that it had the email. It does not prove that the email reached the mailbox.
sender-proof4 = “Fetched” proves that more than the text was fetched in that visit. The service cannot see which attachment it was.
sender-proof5 = What was opened before the message was withdrawn can have been copied. Opened copies cannot be withdrawn.
sender-proof6 = An entry that is missing proves nothing: older programs recorded less, and of many openings only the newest are listed.

## Withdrawing

sender-withdraw = Withdraw
sender-withdrawFrom = Withdraw from { $address }
sender-withdrawAll = Withdraw from everyone
sender-confirmTitle = Withdraw your message?
sender-confirmOne = { $address } can then no longer open it. If it is open at this moment, it closes. Copies that were made before cannot be withdrawn. You cannot undo this.
sender-confirmAll = Nobody can then open it any more. If it is open at this moment, it closes. Copies that were made before cannot be withdrawn. You cannot undo this.
sender-confirmKeep = Keep it available
sender-confirmDo = Withdraw it
sender-withdrawing = Withdrawing…
sender-doneTitle = You cannot take back what was opened before
sender-doneOpened = It was withdrawn, but these people had opened it, and may have kept a copy:
sender-doneNobody = It was withdrawn before anybody had opened it.

## Around it

sender-means = “Opened” means that somebody had the link and typed the security code that was sent to that mailbox. It does not prove who that was.
sender-closeButton = Close this page
sender-warn =
    { $n ->
        [one] You have not done anything for a while. For the privacy of the people named here, this page will close in 1 minute.
       *[other] You have not done anything for a while. For the privacy of the people named here, this page will close in { $n } minutes.
    }
sender-ending =
    { $n ->
        [one] This page stays open for a limited time, and will close in 1 minute. You can open it again with a new security code.
       *[other] This page stays open for a limited time, and will close in { $n } minutes. You can open it again with a new security code.
    }
sender-endedLead = For the privacy of the people named here, this page was closed. You can open it again with a new security code.
sender-closedH1 = Page closed
sender-closedLead = What stood here was removed from this page.
sender-closedAgain = To see it again, use the link in your email.
sender-notFoundTitle = We cannot find this page
sender-notFoundLead = The link may not be complete, or its time may be over: this page is there for a limited time after a message has ended.
