### Yr hyn sydd o amgylch pob tudalen. Mae’r gweinydd a’r porwr yn ei ddefnyddio.

shell-skip = Neidio i’r prif gynnwys
shell-service = Negeseuon diogel
shell-languages = Iaith
shell-help = Angen help?
# The number follows.
shell-phone = Ffoniwch { $organisation } ar
shell-genuine = A yw hyn yn ddilys?
shell-privacy = Preifatrwydd
shell-cookies = Cwcis
shell-accessibility = Hygyrchedd
