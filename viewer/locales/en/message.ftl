### What the message page, the reply and the session say besides web.ftl. `npm run texts` in viewer/web makes src/texts/en.ts of both.

## On its way

message-cancel = Cancel
message-cancelling = Cancel fetching { $name }
message-cancelled = You cancelled it. Nothing was saved.
message-percent = { $percent }% of { $size }
message-partResumes = { $name } could not be fetched completely. What has arrived is kept: check your connection and try again.
message-partSlowDown = { $name } could not be fetched, because there were too many requests from your network. You did nothing wrong.
message-partServer = { $name } could not be fetched, because of a problem on our side. Try again in a few minutes.
message-partKept = What has arrived is kept.
message-copyName = a copy of the message
message-allFiles = all attachments
message-zipName = Attachments { $reference }.zip
message-zipHint = All attachments in one ZIP file, about { $size }.
message-zipMissing = These attachments could not be read and are not in the ZIP file: { $names }. Use “Download a copy” to save the whole message, and open it in an email program.

## Draft

draft-willBe = What you write is kept on this device, sealed, until you send it.
draft-saved = Draft saved { $time }
draft-notSaved = Your draft cannot be kept on this device. Do not close this page before you have sent it.
draft-waiting = You began a reply on { $date }. It is kept on this device, sealed. “Reply securely” goes on with it.
draft-missing = Some of its files could not be kept. Please add them again.
draft-delete = Delete the draft
draft-deleted = The draft was deleted.
draft-ended = What you wrote in your reply is kept on this device, sealed. It comes back after the new code.
draft-closeTitle = You have not sent your reply
draft-close = If you close the message now, your draft is deleted.
draft-closeBack = Back to my reply
draft-closeAnyway = Delete the draft and close

## Attached messages, calendar entries, signed mail

message-open = Open
message-opening = Open { $name } here
message-closing = Close { $name }
protection-smime-signed = The sender signed this message with S/MIME. The signature is not checked here. To check it, download a copy and open it in an email program.
protection-smime-encrypted = The sender encrypted this message with S/MIME before it came to us, so it cannot be shown here. Download a copy and open it in the email program that has your certificate.
protection-pgp-signed = The sender signed this message with OpenPGP. The signature is not checked here. To check it, download a copy and open it in an email program.
protection-pgp-encrypted = The sender encrypted this message with OpenPGP before it came to us, so it cannot be shown here. Download a copy and open it in the program that has your key.
calendar-when = When
calendar-where = Where
calendar-organiser = Organiser
calendar-fromTo = { $start } to { $end }
calendar-inZone = { $time } (time zone “{ $zone }”)
calendar-repeats = It repeats. Download it to see all dates.
calendar-cancelled = This appointment was cancelled.
calendar-noSummary = Appointment
calendar-none = This calendar entry cannot be read. Download it instead.
calendar-hint = To put it into your calendar, download it and open it there. Nobody is told that you looked at it.

## Replies that were sent

thread-title = Your replies
thread-sent = Your reply, { $date }
thread-hint = You can read your replies here, on any device, as long as the message is available. They are kept sealed, and open only with your link and a security code.
thread-cut = The rest of this reply is too long to be shown here. All of it was sent.
thread-unreadable = Some of what you sent cannot be shown here, because its copy does not open with this link. What you sent was not changed by that.
thread-unreached = We could not look for replies that you sent from another device. Check your connection and open the message again.
later-title = Later in this conversation
later-one = A message was sent to this mailbox on { $date }, reference { $reference }
later-hint = To open a later message, look for the email that has its reference. It has a link of its own.
