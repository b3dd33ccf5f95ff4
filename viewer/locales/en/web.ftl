### What the browser shows. `npm run texts` in viewer/web makes src/texts/en.ts of it.

## Everywhere

error-prefix = Error:{" "}
error-summary = There is a problem
tryAgain = Try again
close = Close
phoneUs = Phone { $organisation } on { $phone }. Use a number that you already have, such as one from a letter, if you are not sure about this page.

## Landing

landing-title = You have a secure message
landing-h1 = You have a secure message.
landing-checking = Checking your link…
landing-from = From
landing-sent = Sent
landing-until = Available until
landing-reference = Reference
landing-referenceHint = Check that it matches your email.
landing-lead = To read it, we first check that you can read the mailbox it was sent to. We will email you a security code.
landing-button = Email me a security code
landing-to = We will send it to { $address }.
landing-asking = Asking for a code…
landing-exposed = The link works. An email program or a filter changed the link on its way to you, and may have kept a copy. Nobody can open the message with that copy alone: the code is needed as well.
landing-genuine = Is this genuine?
landing-genuine1 = Look at the address bar. It must begin with { $origin }, and that must be the address printed in your email.
landing-genuine2 = The reference on this page must match the reference in your email.
landing-genuine3 = If you are not sure, phone { $organisation } on a number that you normally use, and read out the reference.
landing-genuine4 = We never ask for a password, bank details, a payment or an identity document here.
landing-notMe = This is not for me
landing-notMe1 = Do not ask for a code. Close the link here, and delete the email.
landing-notMe2 = If you would rather speak to somebody, phone { $organisation } on { $phone } and give the reference { $reference }.
notMe-lead = If it was sent to you by mistake, close the link here, and delete the email.
notMe-button = Tell the sender and close the link
notMe-title = Is this message not for you?
notMe-ask = We tell the sender, and this link stops working. Nobody can open the message with it any more.
notMe-back = Go back
notMe-yes = Yes, close the link
landing-formats = Large print, another language or another format
landing-formats1 = Phone { $organisation } on { $phone } and give the reference { $reference }. They can send the message as large print, in another language or another way.

## Message key

key-h1 = Your link is not complete
key-title = Message key
key-lead = Part of the link is missing. Some email programs cut it off. You can go back to the email and try the whole link again, or use the message key that is printed below the link.
key-label = Message key
key-hint = Groups of four letters and numbers. Capitals, spaces and hyphens do not matter.
key-button = Continue
key-empty = Enter the message key from your email
key-wrong = The message key is not right. Check each group against your email

## Code

code-title = Check your email
code-h1 = Check your email.
code-sent =
    { $n ->
        [one] We sent a security code to { $address } at { $time }. It has 8 numbers and works for 1 minute.
       *[other] We sent a security code to { $address } at { $time }. It has 8 numbers and works for { $n } minutes.
    }
code-worth = This code shows that you can read this mailbox. It doesn’t prove who you are.
code-label = Security code
code-hint = For example, 1234 5678
code-button = Continue
code-checking = Checking the code…
code-empty = Enter the security code
code-shape = The security code must have 8 numbers
code-wrong =
    { $n ->
        [one] The security code is not right. You have 1 try left with this code
       *[other] The security code is not right. You have { $n } tries left with this code
    }
code-wrongPlain = The security code is not right
code-used = The security code is not right, and there are no tries left with it. Send another code
code-expired = This security code no longer works. Send another code
code-none = I have not got a code
code-none1 = It can take 2 minutes to arrive. Keep this page open.
code-none2 = Look in your junk or spam folder.
code-none3 = If { $address } is not your address, phone { $organisation }.
code-resend = Send another code
code-resendIn =
    { $n ->
        [one] You can ask for another code in 1 second.
       *[other] You can ask for another code in { $n } seconds.
    }
code-resendNow = You can ask for another code now.
code-resent = We sent another code to { $address } at { $time }.
code-wait = We have just sent a code. You can ask for another one at { $time }

## Opening

opening-title = Opening your message
opening-h1 = Opening your message
opening-fetching = Fetching the sealed message…
opening-opening = Opening it on this device…
opening-bar = Fetched so far
opening-note = The message is opened in your browser. The server that keeps it cannot read it.

## Message

message-title = Your secure message
message-noSubject = (no subject)
message-from = From
message-to = To
message-cc = Cc
message-sent = Sent
message-until = Available until
message-escrow = { $organisation } keeps an offline key that can open this message.
message-unknown = not given
message-bothTimes = { $time } (UK time), { $local } where you are
message-frame = Message
message-empty = This message has no text.
message-plain = Show as plain text
message-formatted = Show with its formatting
message-remote =
    { $n ->
        [one] 1 picture from the internet was not loaded, so that nobody can see that you opened this message.
       *[other] { $n } pictures from the internet were not loaded, so that nobody can see that you opened this message.
    }
message-picture = picture not shown
message-attachments = Attachments
message-view = View
message-download = Download
message-downloadAll = Download all
message-viewing = View { $name }
message-downloading = Download { $name }
message-fetching = Fetching { $name }…
message-fetched = { $name } is ready.
message-saved = { $name } is in your downloads.
message-partFailed = { $name } could not be read. Use “Download a copy” to save the whole message, and open it in an email program.
message-partOffline = { $name } could not be fetched. Check your connection and try again.
message-noViewer = This browser cannot show a PDF inside a page.
message-badPicture = This picture cannot be shown. Download it instead.
message-unnamed = Attachment { $n }
message-reply = Reply securely
message-print = Print or save as PDF
message-copy = Download a copy
message-copyHint = “Download a copy” saves an .eml file that email programs open. Keep it somewhere private: it is no longer sealed.
message-closeButton = Close message
message-sealed = Keep the sealed file
message-sealed1 = For people who want to check our work, or to keep the message sealed. The free program age (version 1.3 or newer) opens this file with the identity below, without us and without the internet.
message-sealed2 = The identity opens this message for anybody who has it, for ever. Do not send it to anyone. Nobody from { $organisation } will ask for it. Keep it apart from the file.
message-sealedDownload = Download the sealed file
message-sealedShow = Show the identity
message-identity = Identity of this message
message-printed = Printed on { $date } from the secure message { $reference } of { $organisation }, opened by { $address }.
message-printedPlain = Formatting is left out in print.

## Reply

reply-title = Reply securely
reply-h1 = Reply securely
reply-to = To
reply-everyone = Send it to these people as well:
reply-subject = Subject
reply-text = Your message
reply-files = Files
reply-limits = You can add up to { $files } files, { $size } in all.
reply-add = Add files
reply-drop = or drop them here
reply-remove = Remove
reply-removing = Remove { $name }
reply-added =
    { $n ->
        [one] 1 file added.
       *[other] { $n } files added.
    }
reply-removed = { $name } removed.
reply-send = Send reply
reply-back = Back to the message
reply-note = Your reply is sealed on this device before it leaves. Only { $organisation } can open it. From there it goes to the sender’s own mailbox.
reply-noteAll = Your reply is sealed on this device before it leaves. Only { $organisation } can open it. From there it goes to the mailbox of the sender, and of the others if you choose so.
reply-empty = Write your message or add a file
reply-tooMany = You can add up to { $files } files. Remove some
reply-tooLarge = Your files are larger than { $size } together. Remove some
reply-noPlace = Not added, because you can add up to { $files } files: { $names }
reply-noRoom = Not added, because your files can be { $size } together at most: { $names }
reply-unreadable = A file could not be read. It may have been moved or changed. Remove it and add it again
reply-failed = Your reply was not sent. Nothing you wrote is lost. Check your connection and try again
reply-refused = Your reply was not accepted. Nothing you wrote is lost. Phone { $organisation } on { $phone }
reply-slowDown = Your reply was not sent, because there were too many requests from your network. Nothing you wrote is lost.
reply-withdrawn = Your reply was not sent: the sender has withdrawn the message. Copy what you wrote before you close this page, and phone { $organisation } on { $phone }
reply-expired = Your reply was not sent: the time of the message is over. Copy what you wrote before you close this page, and phone { $organisation } on { $phone }
left-label = What you wrote
left-hint = It was not sent, and this page does not keep it. If you still need it, copy it before you close the page.
reply-tooManyReplies = Your reply was not sent, because too many replies were begun and not sent. Nothing you wrote is lost.
reply-sealing = Sealing
reply-sending = Sending
reply-sentFile = Sent
reply-sendingText = Sending your reply…
reply-progress = Progress of { $name }

## Sent

sent-title = Reply sent
sent-h1 = Reply sent
sent-reference = Your reference
sent-at = Received { $date }.
sent-next = What happens next
sent-next1 = Your reply goes to { $to }. We cannot say when they will read it.
sent-next2 = If it is urgent, phone { $organisation } on { $phone }. In an emergency, phone 999.
sent-later = You can read your reply again below the message, on any device, as long as the message is available. It is kept sealed, and opens only with your link and a security code.
sent-back = Back to the message

## Session

session-warnTitle = Are you still there?
session-warn =
    { $n ->
        [one] You have not done anything for a while. For your privacy, this message will close in 1 minute. What you wrote in a reply is kept.
       *[other] You have not done anything for a while. For your privacy, this message will close in { $n } minutes. What you wrote in a reply is kept.
    }
session-endingTitle = Your session is about to end
session-ending =
    { $n ->
        [one] For your privacy, a message stays open for a limited time, and this one will close in 1 minute. You can open it again with a new security code. What you wrote in a reply is kept.
       *[other] For your privacy, a message stays open for a limited time, and this one will close in { $n } minutes. You can open it again with a new security code. What you wrote in a reply is kept.
    }
session-messageEnding =
    { $n ->
        [one] The time of this message is over in 1 minute. Then it can be neither read nor answered here. If you are writing a reply, send it now.
       *[other] The time of this message is over in { $n } minutes. Then it can be neither read nor answered here. If you are writing a reply, send it now.
    }
session-ok = Continue
session-stay = Keep it open
ended-title = Your session has ended
ended-h1 = Your session has ended
ended-lead = For your privacy, the message was removed from this page. You can open it again with a new security code.
ended-draft = What you wrote in your reply is still here, as long as you keep this page open. It comes back after the new code.
closed-title = Message closed
closed-h1 = Message closed
closed-lead = The message was removed from this page.
closed-signingOut = Signing you out…
closed-signedOut = You were signed out. You can close this window.
closed-failed = We could not reach our server, so you are not signed out yet. Check your connection and try again. Otherwise you will be signed out by itself after a while.
closed-again = To read the message again, use the link in your email.
closed-copies = If you downloaded or printed anything on a shared computer, delete those files as well.

## Problems

damaged-title = Message damaged or changed
damaged-h1 = This message is damaged or was changed
damaged-lead = It is not what the sender sealed, so we do not show any of it.
damaged-told = We have told the sender.
damaged-next = Do not ask for another code. Phone { $organisation } on { $phone } and give the reference { $reference }. Ask them to send the message again.
notFound-title = Message not found
notFound-h1 = We cannot find this message
notFound-lead = The link may be incomplete, or the message may no longer be here.
notFound-next = Go back to your email and use the whole link. If it is cut off, enter the message key that is printed below the link.
notFound-link = Go back to your email and use the whole link.
expired-title = Message no longer available
expired-h1 = This message is no longer available
expired-lead = It was available until { $date }.
expired-leadNoDate = The time in which it could be read is over.
expired-next = If you still need it, phone { $organisation } on { $phone } and give the reference { $reference }. Ask the sender to send it again.
disowned-title = Link closed
disowned-h1 = Thank you. The link is closed.
disowned-lead = Somebody with this link said that the message is not for them. The sender is told, and nobody can open the message with this link any more.
disowned-next = You can delete the email. If the message was for you after all, phone { $organisation } on { $phone } and give the reference { $reference }.
time-lead = You can read this message until { $date }.
time-ask = Ask for more time
time-again = Ask the sender to send it again
time-asking = Asking the sender…
time-asked = We are asking the sender by email. If it is urgent, phone { $organisation } on { $phone }.
time-already = The sender was asked already. You can ask again on { $date }.
time-alreadyPlain = The sender was asked already. You can ask again tomorrow.
time-failed = We could not ask the sender. Check your connection and try again.
withdrawn-title = Message withdrawn
withdrawn-h1 = The sender has withdrawn this message
withdrawn-lead = It can no longer be read here.
withdrawn-next = If you expected it, phone { $organisation } on { $phone } and give the reference { $reference }.
tooMany-title = Too many tries
tooMany-h1 = Too many tries
tooMany-codes = You have asked for as many codes as we send in a day.
tooMany-guesses = Too many wrong codes were entered today.
tooMany-when = You can try again on { $date }. The message is still there.
tooMany-later = You can try again tomorrow. The message is still there.
tooMany-next = If you did not do this, somebody else may have your link. They cannot read the message without the code. Tell { $organisation }: { $phone }.
wait-title = We have just sent a code
wait-h1 = We have just sent a code
wait-here = Look for it in your email first.
wait-elsewhere = A code was sent to another browser or device a moment ago. It works only there.
wait-lead = You can ask for another one at { $time }.
slowDown-title = Too many requests
slowDown-h1 = Please wait a moment
slowDown-lead = There were too many requests from your network. You did nothing wrong.
slowDown-later = Try again in a minute. The message is still there.
byProgram-title = Press the button yourself
byProgram-h1 = Press the button yourself
byProgram-lead = A program used the button, not a person: often one that checks links for viruses. We sent no code and told nobody anything. Try again, and press the button on your screen or with your keyboard.

noCookies-title = This browser does not keep our cookie
noCookies-h1 = This browser does not keep our cookie
noCookies-lead = We need one cookie, to know that the right code was entered here. Allow cookies for this site, or open the link in Chrome, Edge, Firefox or Safari.
offline-title = No connection
offline-h1 = We cannot reach the message
offline-lead = Your connection to the internet may be down. Nothing is lost. When it is back, you can go on from here.
server-title = Sorry, there is a problem
server-h1 = Sorry, there is a problem
server-lead = The message is still there. Try again in a few minutes.
server-next = If it goes on, phone { $organisation } on { $phone } and give the reference { $reference }.
unsupported-title = Your browser cannot open this message
unsupported-h1 = Your browser cannot open this message
unsupported-lead = Messages are opened on your own device, and this browser is too old for that or has been set up to stop it.
unsupported-missing = What is missing: { $missing }.
# What an old browser lacks; listed with commas.
unsupported-workers = workers
unsupported-streams = streams
unsupported-cryptography = cryptography
unsupported-bigNumbers = big numbers
unsupported-dialogs = dialogs
unsupported-frames = sandboxed frames
unsupported-next = Update the browser, or open the link in another one: Chrome or Edge 109, Firefox 115, Safari 15.4, or newer. If you cannot, phone { $organisation } on { $phone }.

## Kinds of file

kind-PDF = PDF
kind-word = Word document
kind-sheet = spreadsheet
kind-slides = presentation
kind-picture = { $name } picture
kind-text = plain text
kind-csv = CSV table
kind-email = email
kind-zip = ZIP archive
kind-web = web page
kind-calendar = calendar entry
kind-contact = contact card
kind-file = { $name } file
kind-unknown = file
size-bytes =
    { $n ->
        [one] 1 byte
       *[other] { $n } bytes
    }
size-KB = { $n } KB
size-MB = { $n } MB
