### The mails that Sealpost writes itself. Each line is a line of the mail; keep them short.

## Notice

notice-subject = You have a secure message from { $organisation }
notice-who = { $organisation } has sent you a secure message. Reference: { $reference }
notice-from = { $sender } at { $organisation } has sent you a secure message. Reference: { $reference }
notice-open = To read it, open this link. You will be sent a security code by email.
notice-until = You can read it until { $expires }. We never ask for passwords or bank details.
notice-escrow = { $organisation } keeps an offline key that can open this message.
notice-key = If the link does not work, the page will ask for this message key:
notice-unsure = Not sure this is real? Phone { $organisation } on the number you normally use.

## Several messages in one notice

gathered-subject =
    { $count ->
        [one] You have 1 secure message from { $organisation }
       *[other] You have { $count } secure messages from { $organisation }
    }
gathered-who =
    { $count ->
        [one] { $organisation } has sent you 1 secure message.
       *[other] { $organisation } has sent you { $count } secure messages.
    }
gathered-open = To read one, open its link. You will be sent a security code by email.
gathered-one = Reference { $reference }, can be read until { $expires }
gathered-one-from = From { $sender }, reference { $reference }, can be read until { $expires }
gathered-key = Message key: { $message_key }
gathered-never = We never ask for passwords or bank details.
gathered-escrow = { $organisation } keeps an offline key that can open these messages.

## Reminder

reminder-subject =
    { $count ->
        [one] A secure message from { $organisation } is waiting for you
       *[other] { $count } secure messages from { $organisation } are waiting for you
    }
reminder-who =
    { $count ->
        [one] { $organisation } sent you a secure message. It has not been opened yet.
       *[other] { $organisation } sent you { $count } secure messages. They have not been opened yet.
    }
reminder-one = Search your mailbox for { $reference }: our email of { $sent } from { $from }. You can read that message until { $expires }.
reminder-find = The link in that email opens the message. If you cannot find the email, look in your junk folder.
reminder-no-link = This reminder has no link, because we do not keep yours. We never ask for passwords or bank details.
reminder-lost = If it is lost, or you are not sure this is real, phone { $organisation } on the number you normally use.

## Code

code-subject = Your security code from { $organisation }
code-first = { $code } is your security code from { $organisation }.
code-type =
    { $minutes ->
        [one] Type it into the page where you asked for it. It works for 1 minute, once.
       *[other] Type it into the page where you asked for it. It works for { $minutes } minutes, once.
    }
code-reference = It is for the message with the reference { $reference }.
code-never = We never ask for this code by phone or email. Do not pass it on.
code-not-asked = If you did not ask for this code, nobody can read the message without it: ignore this email.

## A secure reply that was not delivered, to who wrote it

undelivered-subject = Your reply was not delivered
undelivered-what = Your reply to a secure message from { $organisation } could not be delivered. You sent it on { $sent }. Reference: { $reference }
undelivered-unread = The mailbox of the person who wrote to you did not take it. Please do not count on anybody there having read it.
undelivered-phone = Phone { $organisation } on the number you normally use and tell them. The people who run this service keep your reply sealed, and can try again.
undelivered-no-link = This email has no link. We never ask for passwords or bank details.

## Secure reply to the sender

reply-from = Secure reply from { $recipient }, { $sent }. Reference: { $reference }. They showed that they can read that mailbox. This does not prove who they are.
reply-not-to = It was also written to these people, who did not get it: the rules of this service have changed since your message was sent. Pass it on if they need it.
reply-answer = Answer this mail as usual: your answer is sealed again.

## To the sender: what is worth knowing

advice-taken = { $organisation } took your message of { $date }.
receipt-subject = Your message was sent securely
receipt-taken = { $organisation } took your message of { $date } and sent it securely.
receipt-reference = Reference: { $reference }
receipt-telling = Sealed. The email with the link is on its way.
receipt-told = Sealed, and told by email with a link.
receipt-opened = Sealed, told by email with a link, and opened already.
receipt-disowned = Said that it is not for them, and can no longer open it.
receipt-withdrawn = Withdrawn.
receipt-over = No longer available.
receipt-failed = Could not be told. You get a separate email about this.
receipt-came-back = The email with the link came back. You get a separate email about this.
receipt-stopped = Held up. The people who run this service have been alerted.
receipt-passing-on = Being passed on as ordinary email, over a protected connection.
receipt-passed-on = Passed on as ordinary email, over a protected connection.
receipt-more =
    { $more ->
        [one] And 1 more person.
       *[other] And { $more } more people.
    }
receipt-withdraw = Sent to the wrong person? Withdraw it now. The same page tells you who has opened it, and when.
receipt-page = A page of your own tells you who has opened it, and when.
receipt-own = Open this link; you will be sent a security code by email. The link is for you alone.
receipt-how = Each recipient outside gets a link, and opens the message on a secure page after typing a code that is sent to the same mailbox. You are told if that cannot be done.
receipt-find = To see who has opened it, to have somebody reminded, or to withdraw it, use the link in your receipt: the email “Your message was sent securely” of { $date } with the reference { $receipt }.
receipt-look = To see what became of it, use the link in your receipt: the email “Your message was sent securely” of { $date } with the reference { $receipt }.
receipt-escrow = { $organisation } keeps an offline key that can open this message too.
near-miss-subject = Your message was sent securely: please check how you wrote the tag
near-miss-what = Its subject began with something very like { $tag }, but not quite. To be safe, the message was sent securely. Nothing went out in clear, and you need not send it again.
near-miss-next = To send securely, write { $tag } at the start of the subject. If you did not mean to, write the subject without it.
diverted-subject = Your message was sent securely in another way
diverted-what = The mail system of at least one recipient could not take it over a protected connection. It was not sent in clear. Instead that recipient gets a link, and opens the message on a secure page after typing a code that is sent to the same mailbox.
diverted-next = You need not do anything.
sealed-nhs-number-subject = Your message was sent securely: it has what looks like an NHS number
sealed-nhs-number-what = It goes to somebody outside the organisation and has what looks like an NHS number in it. To be safe, the message was sent securely, although its subject did not ask for it. Nothing went out in clear, and you need not send it again.
sealed-nhs-number-next = When you write about a patient, write { $tag } at the start of the subject.
nhs-number-subject = Your message has what looks like an NHS number
nhs-number-what = It goes to somebody outside the organisation, it has what looks like an NHS number in it, and its subject did not ask for it to be sent securely.
nhs-number-next = When you write about a patient, write { $tag } at the start of the subject: then only the recipient can open the message. If this one should not have gone out, tell your information governance team.

## To the sender: what became of a message, and what recipients say

unread-subject = Your message has not been opened yet
unread-told = These people were sent a link to your message of { $date }, and have not opened it:
unread-waiting = These people could not be told of your message of { $date } yet. We go on trying:
unread-exposed = Something on the way, often a mail filter, saw the link of:
unread-next = This does not say why. If the message is urgent, reach the person in another way. You are told this once for each message.
not-for-me-subject = A recipient says that your message is not for them
not-for-me-who = Somebody who has the link of { $address } says that your message of { $date } is not for them. Reference: { $reference }
not-for-me-done = That link is closed, and nobody can open the message with it any more. Your other recipients are not affected.
not-for-me-opened = Before that, the message was opened with that link, last on { $last_opened }. What was opened cannot be taken back.
not-for-me-next = Check the address. If it is right, phone the person and send the message again. If it went to the wrong person, tell your information governance team.
more-time-subject = A recipient asks for more time to read your message
more-time-who = { $address } asks for more time to read your message of { $date }. It can be read until { $expires }. Reference: { $reference }
more-time-next = Send the message again, or ask the people who run the mail gateway of { $organisation } to give it more time. They can do that with this command:
more-time-over-subject = A recipient asks for your message again
more-time-over-who = { $address } asks for your message of { $date } again. It could be read until { $expires }. Reference: { $reference }
more-time-over-next = It cannot be opened any more, and nobody can change that. If the person still needs it, send it again.
damaged-subject = Your message arrived damaged
damaged-who = The browser of { $address } could not open your message of { $date }, or a part of it: what it got is not what was sealed. Nothing of that was shown. Reference: { $reference }
damaged-next = Send the message again. Tell the people who run the mail gateway of { $organisation }, and give them the reference: a file may be damaged, or somebody may have changed it.

## To the sender: delivery reports

dsn-failed-title = Your message could not be delivered
dsn-expired-title = Your message was not read in time
dsn-delayed-title = Your message is delayed
dsn-relayed-title = Your message was passed on
dsn-reply-title = A secure reply did not reach everybody
dsn-reply-what = { $replier } has answered a message of yours, to you and to others. You were sent the reply as well; this is about the others.
dsn-reply-next = Nothing more will be tried. Pass the reply on to them if they need it.
dsn-automatic = This is an automatic report from { $organisation }.
dsn-failed = It did not reach:
dsn-failed-next = Nothing more will be tried. Check each address and send the message again, or reach the person in another way.
dsn-delayed = It has not reached these people yet, and we are still trying:
dsn-delayed-next = You need not send it again. You will be told if it cannot be delivered.
dsn-expired = It was not read before its time was over, and can no longer be opened by:
dsn-expired-next = Send the message again if the person still needs it.
dsn-relayed = It was passed on, as far as we can tell, for:
dsn-relayed-next = This does not say that it has been read.
dsn-no-mailbox = The address does not exist, or takes no mail.
dsn-no-room = The mailbox is full, or the message is too large for it.
dsn-came-back = The mail that told the recipient of it came back.
dsn-cause = { $cause }
dsn-unopened = The recipient was sent a link and has not opened it.
dsn-untold = The recipient could not be told of it in time.
dsn-announced = The recipient was sent a link to a secure page. This does not say that it was opened.
dsn-passed-on = The next mail system has taken it, and does not report further.
dsn-sent = It was sent on { $date }.
dsn-message-id = Its Message-ID is
dsn-nothing-here = The subject and the text are left out, because this report may travel unprotected.
