### Pages that the server renders.

## Landing, until the script has taken over

landing-title = You have a secure message
landing-h1 = You have a secure message.
landing-from = From
landing-reference = Reference
landing-reference-hint = Check that it matches your email.
landing-script-h2 = This page needs JavaScript
landing-script-lead = Your message is locked. It is unlocked on your own device, so that our server cannot read it. Your browser needs JavaScript for that, and it is switched off.
landing-script-on = Switch JavaScript on in the settings of your browser, then load this page again.
landing-script-other = Or open the link from your email in another browser or on another device.
landing-script-phone = Or phone { $organisation } on { $phone } and give the reference from your email. They can send the message another way.
landing-slow = If nothing more appears here, your browser may be too old to open this message. Use Chrome or Edge 109, Firefox 115, Safari 15.4, or newer. Or phone { $organisation } on { $phone }.

## What became of a message, for its sender, until the script has taken over

sender-title = What became of your message
sender-h1 = What became of your message
sender-script = It shows who has opened your message, and lets you withdraw it while it can be opened. JavaScript is switched off in your browser. Switch it on in the settings, then load this page again; or open the link in another browser; or phone { $organisation } on { $phone }.

## Home

home-title = Secure messages
home-lead = { $organisation } uses this service to send confidential messages to people outside.
home-how = To read a message, use the link in the email that told you about it. Each message has a link of its own. There is nothing to sign in to here.
home-link-h2 = If your link does not work
home-link-whole = Use the whole link. Some email programs cut it off at the end of a line.
home-link-key = If it is still cut off, open as much of it as there is. The page then asks for the message key that is printed below the link.
home-link-until = A message can be read for a limited time. The email says until when.
home-genuine = How to tell whether an email about a secure message is genuine

## Genuine

genuine-title = Is this genuine?
genuine-lead = You are right to ask. These checks take a minute.
genuine-email-h2 = Check the email
genuine-email-names = It names { $organisation }, has no attachment or picture, and one link for each message.
genuine-email-link = The link is shown in full, and goes to the address that it shows.
genuine-email-calm = It does not hurry you.
genuine-page-h2 = Check the page
genuine-page-address = The address bar begins with https:// and the address that is printed in the email.
genuine-page-reference = The reference on the page is the reference in the email.
genuine-never-h2 = What we never ask for
genuine-never-password = A password, to this or any other service.
genuine-never-bank = Bank details or a payment.
genuine-never-identity = A photo of an identity document.
genuine-never-code = The security code by phone, text or email. You only ever type it into the page.
genuine-unsure-h2 = If you are not sure
genuine-unsure = Phone { $organisation } on a number that you normally use, such as one from a letter or from its own website. Read out the reference. The number of the help line is { $phone }.
genuine-program-h2 = For people who want to check the program
genuine-program = Messages are opened by a script in your browser. Anyone can build that script from its source and compare:
genuine-program-link = digests of the files that this site serves

## Privacy

privacy-title = Privacy
privacy-lead = This page is about the service that delivers the message. For what { $organisation } does with information about you, ask { $organisation } on { $phone } for its privacy notice.
privacy-read-h2 = What we can read
privacy-read-sealed = The message is sealed before it is stored. The key is split in two: one half is in your link, the other is here. Neither half alone opens anything.
privacy-read-browser = The message is opened in your browser. The server that keeps it cannot read it.
privacy-read-escrow = An organisation may keep a key of its own, offline, that can open the message. Where there is one, the email and the message page say so.
privacy-read-sender = The systems of the sender see the message when it is sent, and your reply when it arrives.
privacy-keep-h2 = What we keep
privacy-keep-address = Your email address, in a sealed form, so that we can send you the notice, reminders and the security code.
privacy-keep-times = When a code was asked for, and when the message was opened, downloaded or answered. The sender can see this.
privacy-keep-language = The language that you chose, so that later emails are in it. It goes when the records of your messages go.
privacy-keep-message = The sealed message, until the date on the page. Then it is deleted.
privacy-keep-replies = A short sealed copy of each reply that you send, so that you can read it again, as long as the message is kept. Only your link and a security code open it. The reply itself is deleted here when the sender’s mail system has it.
privacy-worth-h2 = What the security code is worth
privacy-worth = The code shows that you can read the mailbox. It doesn’t prove who you are. Anybody who can read your mailbox now can read the message too.
privacy-not-h2 = What we do not do
privacy-not-tracking = There is no tracking, no advertising and no picture or script from anywhere else.
privacy-not-others = While you read a message, your browser talks to this site only.

## Accessibility

accessibility-title = Accessibility
accessibility-lead = We want everybody to be able to read and answer a secure message. You should be able to:
accessibility-keyboard = use every page with a keyboard alone
accessibility-reader = use every page with a screen reader
accessibility-zoom = zoom in up to 400% without having to scroll sideways
accessibility-colours = change colours, contrast and fonts, and use a dark screen
accessibility-time = take your time: the page asks before it closes a message that you are not using
accessibility-language = read every page in English or in Welsh
accessibility-how-h2 = How accessible it is
accessibility-how = We aim at the Web Content Accessibility Guidelines 2.2, level AA, on every page. We know of no page of ours that does not meet them; what is below is what we do know.
accessibility-limits-h2 = What may not work for you
accessibility-limits-sender = The message itself and its files were made by the sender and may not meet the guidelines. “Show as plain text” helps with many messages.
accessibility-limits-pdf = A PDF is shown by your browser. If that does not work for you, download it and open it with the program that you use.
accessibility-limits-time = A security code works for 15 minutes, and you can ask for another one. A message closes after 20 minutes without use, which you can put off, and after 8 hours in any case. A draft of a reply is there again after the next code, while the message is available.
accessibility-limits-reply = Once a message is withdrawn or its time is over, it can be neither read nor answered here.
accessibility-tested-h2 = How it was tested
accessibility-tested = The makers of the program test every version, in English and in Welsh: every page by a checker (axe), the whole way from the email to the reply by keyboard alone, at 320 pixels and 400% zoom, with text twice as large, in forced colours, with a dark screen and with reduced motion.
accessibility-untested = It was not tested by an independent auditor, nor in the browsers that are built into email apps. If your email app shows the page badly, open the link in your usual browser.
accessibility-browsers-h2 = Which browsers work
accessibility-browsers = Chrome and Edge 109, Firefox 115, Safari on iPhone, iPad and Mac 15.4, Samsung Internet 20, and newer versions. An older browser is told what it lacks, before anything is sent.
accessibility-help-h2 = If something does not work for you
accessibility-help = Phone { $organisation } on { $phone }. Say what went wrong and which browser and software you use. You can also ask for the message as large print, in another language, or in another way.
accessibility-complain = If you are not happy with the answer, the Equality Advisory and Support Service can advise you in England, Scotland and Wales, and the Equality Commission in Northern Ireland.

## Cookies

cookies-title = Cookies
cookies-lead = This service sets one cookie. It is essential, so we do not ask you about it.
cookies-name = Name
cookies-name-value = __Host-sealpost-… (each message has its own)
cookies-does = What it does
cookies-does-value = It remembers that this browser asked for a security code, and that the code was right.
cookies-set = Set
cookies-set-value = When you ask for a code. Opening the link sets nothing.
cookies-lasts = Lasts
cookies-lasts-value = Until you close the message, after 20 minutes without use, or after 8 hours.
cookies-tab = The page also notes, for its own tab only, that a code was asked for and where it went. The note is there so that a phone can come back to the page after looking for the code. It is gone when you close the message or the tab.
cookies-language = If you choose a language on the page of a message, this browser keeps that choice, one word, so that you are not asked again. Nothing is kept if you choose none.
cookies-writing = What you write in a reply, and replies that you sent from this device, are kept on it, sealed, so that you can go on or read them again. Only your link together with a new security code opens them. A draft goes when you send it or close the message.

## Problems

not-found-title = Page not found
not-found-address = If you typed the address, check that it is right. If you followed a link, check that you used the whole link: some email programs cut it off.
not-found-message = If you were looking for a message, go back to the email and open its link again.
problem-title = Sorry, there is a problem
problem-internal = Something went wrong on our side. Nothing was lost. Try again in a few minutes.
problem-method-title = This page cannot do that
problem-method = This address cannot be used in that way.
problem-refused-title = We did not do that
problem-refused = This request came from another website, so we did nothing.
problem-slow-down-title = Wait a moment
problem-slow-down = There were too many requests at once. Wait a moment and try again.
problem-busy-title = Sorry, the service is busy
problem-busy = The service is busy. Nothing was lost. Try again in a few minutes.
problem-request = The request could not be read. Go back to the email and open its link again.
