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
