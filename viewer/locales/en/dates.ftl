### Days and times. The browser, the pages and the mails use them; `time` and `date` come made of numbers.

date = { $day } { $month } { $year }
dateTime = { $date }, { $time }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
clock-am = { $time }am
clock-pm = { $time }pm
