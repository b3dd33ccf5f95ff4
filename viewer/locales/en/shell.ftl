### What stands around every page. The server and the browser both use it.

shell-skip = Skip to main content
shell-service = Secure messages
shell-languages = Language
shell-help = Need help?
# The number follows.
shell-phone = Phone { $organisation } on
shell-genuine = Is this genuine?
shell-privacy = Privacy
shell-cookies = Cookies
shell-accessibility = Accessibility
