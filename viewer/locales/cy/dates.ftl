### Dyddiau ac amserau. Days and times: the browser, the pages and the mails use them.

date = { $day } { $month } { $year }
dateTime = { $date }, { $time }
month-1 = Ionawr
month-2 = Chwefror
month-3 = Mawrth
month-4 = Ebrill
month-5 = Mai
month-6 = Mehefin
month-7 = Gorffennaf
month-8 = Awst
month-9 = Medi
month-10 = Hydref
month-11 = Tachwedd
month-12 = Rhagfyr
clock-am = { $time }yb
clock-pm = { $time }yp
