### What the message page, the reply and the session say besides web.ftl. `npm run texts` in viewer/web makes src/texts/en.ts of both.

## On its way

message-cancel = Cancel
message-cancelling = Cancel fetching { $name }
message-cancelled = You cancelled it. Nothing was saved.
message-percent = { $percent }% of { $size }
message-partResumes = { $name } could not be fetched completely. What has arrived is kept: check your connection and try again.
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
